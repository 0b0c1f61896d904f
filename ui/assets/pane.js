// The reader's text and its outline: which clause is being read, going to one, folding, finding a heading.
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  function jump(reader, where) {
    const target = where.start ? $("mark.quote", reader) : null;
    const clause = where.section ? $(`[data-section="${CSS.escape(where.section)}"]`, reader) : null;
    const pane = $(".clauses", reader);
    const goal = target ?? clause;
    if (goal) scrollTo(pane, goal, target ? 0.3 : 0);
    stand(reader, clause ?? target?.closest(".clause"), where);
    if (goal && document.activeElement !== document.body) pane.focus({ preventScroll: true });
    return Boolean(goal);
  }

  // Make a clause the present one, and tell the reader's other scripts.
  function stand(reader, clause, where) {
    if (clause) {
      $(".clause.here", reader)?.classList.remove("here");
      clause.classList.add("here");
    }
    mark(reader, clause);
    document.dispatchEvent(new CustomEvent("yiju:clause", { detail: { reader, clause, where } }));
  }

  function scrollTo(pane, goal, share) {
    const top = goal.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop;
    pane.dataset.still = performance.now() + 250; // this scroll is ours: the marked clause stays
    pane.scrollTop = Math.max(0, top - pane.clientHeight * share - 12);
  }

  // The section being read: the last one whose top is above the reading line.
  function watch(reader) {
    const pane = $(".clauses", reader);
    const clauses = $$(".clause", reader);
    let waiting = false;
    pane.addEventListener("scroll", () => {
      if (waiting || performance.now() < Number(pane.dataset.still ?? 0)) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const line = pane.getBoundingClientRect().top + 40;
        let low = 0;
        let high = clauses.length - 1;
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (clauses[middle].getBoundingClientRect().top <= line) low = middle;
          else high = middle - 1;
        }
        mark(reader, clauses[low]);
      });
    }, { passive: true });
  }

  function mark(reader, clause) {
    if (!clause || reader.current === clause) return;
    reader.current = clause;
    for (const old of $$(".outline [aria-current]", reader)) old.removeAttribute("aria-current");
    const entry = $(`.outline [data-n="${clause.id.slice(1)}"]`, reader);
    const crumbs = $(".crumbs", reader);
    while (crumbs.children.length > 1) crumbs.lastChild.remove();
    if (!entry) return;
    entry.setAttribute("aria-current", "location");
    const chain = [];
    for (let item = entry.closest("li"); item; item = item.parentElement.closest("li")) {
      chain.unshift(headingOf(item.querySelector(":scope > a")));
      if (item !== entry.closest("li")) fold(item, false);
    }
    if (chain[0] === crumbs.firstChild.textContent) chain.shift();
    for (const words of chain) crumbs.append(Object.assign(document.createElement("li"), { textContent: words }));
    const list = $(".outline-list", reader) ?? $(".outline", reader);
    const box = entry.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (frame.height && (box.top < frame.top + 60 || box.bottom > frame.bottom)) {
      list.scrollTop += box.top - frame.top - frame.height / 3;
    }
  }

  // An outline entry's own words, without the first words of the clause that may follow them.
  function headingOf(link) {
    const own = link.cloneNode(true);
    own.querySelector("small")?.remove();
    const words = own.textContent.trim();
    return words.length > 36 ? `${words.slice(0, 35)}…` : words;
  }

  function fold(item, folded) {
    item.classList.toggle("folded", folded);
    item.querySelector(":scope > .fold")?.setAttribute("aria-expanded", String(!folded));
  }

  function toggleRemoved(reader, on) {
    reader.classList.toggle("with-removed", on);
  }

  function findInOutline(reader, words) {
    const wanted = words.trim().toLowerCase();
    let any = false;
    reader.classList.toggle("finding", Boolean(wanted));
    for (const item of $$(".outline li", reader).reverse()) {
      const own = item.querySelector(":scope > a").textContent.toLowerCase().includes(wanted);
      const below = wanted && item.querySelector(":scope > ol > li:not([hidden])");
      item.hidden = Boolean(wanted) && !own && !below;
      any ||= !item.hidden;
    }
    $(".outline-none", reader).hidden = any;
  }

  function step(reader, by) {
    const clauses = $$(".clause", reader);
    const here = Math.max(0, clauses.indexOf(reader.current ?? clauses[0]));
    const next = clauses[here + by];
    if (!next) return;
    scrollTo($(".clauses", reader), next, 0);
    const where = { doc: reader.dataset.doc, section: next.dataset.section };
    stand(reader, next, where);
    history.replaceState(history.state, "", window.yiju.address(where));
  }

  window.yijuPane = { jump, stand, scrollTo, watch, fold, toggleRemoved, findInOutline, step };
})();
