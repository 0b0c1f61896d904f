// The clause reader beyond its text: looking up as one types, PDF pages, keys, printing one clause.
(() => {
  "use strict";

  const yiju = window.yiju;
  const { scrollTo, step } = window.yijuPane;
  const body = document.body;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- looking up ----
  const PATIENCE_MS = 60;
  let waiting = 0;
  let turn = 0;

  const parts = (box) => {
    const frame = box.closest(".lookup");
    return { box, list: $(".found", frame), status: $("[role=status]", frame) };
  };

  async function lookUp(box) {
    const mine = ++turn;
    const typed = box.value.trim();
    if (!typed) return close(box);
    const html = await yiju.fragment("lookup", { q: typed, doc: box.closest(".reader")?.dataset.doc ?? "" });
    if (mine !== turn || !box.isConnected) return;
    const { list, status } = parts(box);
    list.innerHTML = html;
    list.hidden = false;
    list.scrollTop = 0;
    box.setAttribute("aria-expanded", "true");
    box.removeAttribute("aria-activedescendant");
    status.textContent = ($(".found-count", list) ?? $(".found-none", list))?.textContent ?? "";
  }

  function close(box) {
    turn += 1;
    const { list, status } = parts(box);
    list.hidden = true;
    list.replaceChildren();
    status.textContent = "";
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(box, option) {
    const where = yiju.place(new URL(option.dataset.href, location.href).search);
    box.value = "";
    close(box);
    yiju.openClause(where);
    $("#reader .clauses")?.focus({ preventScroll: true });
  }

  function move(box, to) {
    const { list } = parts(box);
    const options = $$("[role=option]", list);
    if (!options.length) return;
    const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const next = options[to(now, options.length)];
    options[now]?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    box.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  const lookupKeys = {
    ArrowDown: (box) => move(box, (now, count) => (now + 1) % count),
    ArrowUp: (box) => move(box, (now, count) => (now < 1 ? count : now) - 1),
    Enter: (box) => {
      const { list } = parts(box);
      const option = $("[aria-selected=true]", list) ?? $("[role=option]", list);
      if (option) choose(box, option);
    },
    Escape: (box) => (parts(box).list.hidden ? (box.value = "") : close(box)),
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.(".lookup-box")) return;
    clearTimeout(waiting);
    waiting = setTimeout(lookUp, PATIENCE_MS, event.target);
  });

  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".found [role=option]");
    if (option) {
      event.preventDefault(); // the box keeps the focus until the list is closed
      if (event.button === 0) choose($(".lookup-box", option.closest(".lookup")), option);
      return;
    }
    for (const box of $$(".lookup-box[aria-expanded=true]")) if (!box.closest(".lookup").contains(event.target)) close(box);
  });

  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.(".lookup-box[aria-expanded=true]") && event.relatedTarget) close(event.target);
  });

  // ---- keys: only while the focus is in the reader, so that they disturb no one who types ----
  const readerKeys = {
    j: (reader) => step(reader, 1),
    k: (reader) => step(reader, -1),
    "/": (reader) => $(".lookup-box", reader).focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = event.target.closest?.(".lookup-box");
    const act = box ? lookupKeys[event.key] : undefined;
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act(box);
      return;
    }
    const reader = event.target.closest?.(".reader");
    const key = readerKeys[event.key.toLowerCase()];
    if (!reader || !key || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    key(reader);
  }, true);

  // ---- PDF pages ----
  const WANTED = "yiju-pages";
  let drawn = 0;

  async function showPages(reader, on) {
    const sheets = $(".sheets", reader);
    $(".desk + .note", reader)?.remove();
    if (on && !$(".sheet", sheets)) sheets.innerHTML = await yiju.fragment("sheets", { doc: reader.dataset.doc });
    if (on && !$(".sheet", sheets)) {
      on = false; // the file has gone meanwhile
      $(".desk", reader).after(sheets.firstChild);
    }
    reader.classList.toggle("as-pages", on);
    sheets.hidden = !on;
    $(".clauses", reader).hidden = on;
    for (const button of $$(".as button", reader)) {
      button.setAttribute("aria-pressed", String((button.dataset.do === "pages") === on));
    }
  }

  async function drawBoxes(reader, clause, where) {
    const mine = ++drawn;
    const sheets = $(".sheets", reader);
    const words = await yiju.fragment("boxes", { doc: reader.dataset.doc, section: clause?.dataset.section, start: where.start, end: where.end });
    if (mine !== drawn || !words.startsWith("[")) return;
    for (const old of $$(".box", sheets)) old.remove();
    for (const place of JSON.parse(words)) {
      const box = Object.assign(document.createElement("span"), { className: `box is-${place.kind}` });
      for (const side of ["left", "top", "width", "height"]) box.style[side] = `${place[side] * 100}%`;
      $(`[data-page="${place.page}"]`, sheets)?.append(box);
    }
    const page = pageOf(reader, clause);
    const goal = $(".box", sheets) ?? (page && $(`[data-page="${page}"]`, sheets));
    if (goal) scrollTo(sheets, goal, goal.matches(".box") ? 0.3 : 0);
  }

  // A clause that begins no page has the page of the one before it.
  function pageOf(reader, clause) {
    const clauses = $$(".clause", reader);
    for (let n = clauses.indexOf(clause); n >= 0; n -= 1) if (clauses[n].dataset.page) return clauses[n].dataset.page;
    return "";
  }

  function present(reader) {
    const where = yiju.place();
    return [reader.current ?? $(".clause", reader), where.doc === reader.dataset.doc ? where : {}];
  }

  document.addEventListener("yiju:clause", async ({ detail: { reader, clause, where } }) => {
    if (!$(".as", reader) || !localStorage.getItem(WANTED)) return;
    await showPages(reader, true);
    if (reader.classList.contains("as-pages")) drawBoxes(reader, clause, where);
  });

  Object.assign(yiju.readerActions, {
    pages: async (reader) => {
      localStorage.setItem(WANTED, "1");
      await showPages(reader, true);
      drawBoxes(reader, ...present(reader));
    },
    text: async (reader) => {
      localStorage.removeItem(WANTED);
      await showPages(reader, false);
      const [clause] = present(reader);
      const target = $("mark.quote", reader) ?? clause;
      if (target) scrollTo($(".clauses", reader), target, 0.2);
    },
    quote: (reader) => {
      const target = $("mark.quote", reader);
      if (!target) return;
      if (reader.classList.contains("as-pages")) drawBoxes(reader, target.closest(".clause"), reader.dataset);
      else scrollTo($(".clauses", reader), target, 0.3);
    },
    print: (reader) => {
      const clauses = $$(".clause", reader);
      const first = reader.current ?? clauses[0];
      const level = (clause) => Number(/\blv(\d)/.exec(clause.className)[1]);
      const after = clauses.slice(clauses.indexOf(first) + 1);
      const stop = after.findIndex((clause) => level(clause) <= level(first));
      for (const clause of [first, ...after.slice(0, stop < 0 ? undefined : stop)]) clause.classList.add("to-print");
      body.classList.add("print-clause");
      window.print();
    },
  });

  // ---- print: whose words these are, and where they stand ----
  window.addEventListener("beforeprint", () => {
    const reader = $("#reader .reader");
    if (!reader || (body.dataset.view !== "read" && !body.classList.contains("beside"))) return;
    $(".print-source")?.remove();
    const source = Object.assign(document.createElement("p"), { className: "print-source" });
    const section = body.classList.contains("print-clause") ? reader.current?.dataset.section : "";
    const link = new URL(yiju.address({ doc: reader.dataset.doc, section }), location.href).href;
    source.append($(".clauses", reader).getAttribute("aria-label"), document.createElement("br"), link);
    $(".clauses", reader).prepend(source);
  });
  window.addEventListener("afterprint", () => {
    $(".print-source")?.remove();
    for (const clause of $$(".to-print")) clause.classList.remove("to-print");
    body.classList.remove("print-clause");
  });
})();
