// The page's behaviour that Gradio does not give: views, links into the reader, hovering, copying.
(() => {
  "use strict";

  const { jump, stand, scrollTo, watch, fold, toggleRemoved, findInOutline, step } = window.yijuPane;
  const pending = {};
  const body = document.body;
  const narrow = window.matchMedia("(max-width: 1099px)");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const header = () => $(".top");
  const language = () => header()?.dataset.language ?? "";

  // ---- what the Gradio events call ----
  window.yiju = {
    pending,
    press: (id) => press(id),
    copy: (...given) => copy(...given),
    openLink(link) {
      if (link.closest("#view-ask, #peek")) opener = link;
      return openClause(place(new URL(link.getAttribute("href"), location.href).search));
    },
    onClick: (selector, act) => clicks.unshift([selector, act]),
    hidePeek: () => false, // ask.js gives the real one
    take(name) {
      const value = pending[name];
      delete pending[name];
      return value;
    },
    language() {
      if (pending.language) localStorage.setItem("yiju-language", pending.language);
      return window.yiju.take("language") ?? localStorage.getItem("yiju-language") ?? "";
    },
    refresh() {
      loadLibrary();
      $("#reader")?.replaceChildren(); // what it shows may have changed
      $("#upload-result")?.scrollIntoView({ block: "nearest" });
      if (!new URLSearchParams(location.search).get("doc")) loadReader({});
    },
  };

  const press = (id) => (document.getElementById(id)?.matches("button") ? document.getElementById(id) : $(`#${id} button`))?.click();

  async function fragment(name, query = {}) {
    const url = new URL(`yiju/${name}`, document.baseURI);
    for (const [key, value] of Object.entries({ language: language() || "en", ...query })) {
      if (value !== "" && value != null) url.searchParams.set(key, value);
    }
    try {
      const response = await fetch(url);
      if (response.status === 401) location.reload(); // the session has ended: the server leads to the sign-in page
      return response.ok ? await response.text() : noteOf(await refusal(response));
    } catch {
      return noteOf(header()?.dataset.lost ?? "");
    }
  }

  function noteOf(words) {
    const note = Object.assign(document.createElement("p"), { className: "note is-error", textContent: words });
    note.setAttribute("role", "alert");
    return note.outerHTML;
  }

  // What the page refuses it says why, in the reader's language; any other fault has words for programmers.
  async function refusal(response) {
    const kind = response.headers.get("content-type") ?? "";
    if (response.status < 500 && kind.startsWith("text/plain")) return response.text();
    const detail = kind.startsWith("application/json") ? (await response.json()).detail : null;
    return typeof detail === "string" ? detail : header().dataset.failed.replace("%", response.status);
  }

  // ---- views and addresses ----
  function show(view) {
    body.dataset.view = view;
    for (const link of $$(".tabs [data-view]")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (view === "library") loadLibrary();
    if (view === "read" && !place().doc && !$("#reader > .picker")) loadReader({});
  }

  function place(search = location.search) {
    const query = new URLSearchParams(search);
    return Object.fromEntries(["doc", "section", "start", "end"].map((key) => [key, query.get(key) ?? ""]));
  }

  function address(where) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(where)) if (value) query.set(key, value);
    return `${location.pathname}?${query}`;
  }

  function openClause(where, { push = true } = {}) {
    const beside = body.dataset.view === "ask" && !narrow.matches;
    if (push) history.pushState({ beside }, "", address(where));
    body.classList.toggle("beside", beside);
    if (!beside) show("read");
    return loadReader(where);
  }

  function closeReader() {
    history.pushState({}, "", address({ view: "ask" }));
    route();
  }

  // A clause stands beside its answer where there is room for both, else in its place.
  function arrange() {
    const beside = Boolean(history.state?.beside) && !narrow.matches;
    body.classList.toggle("beside", beside);
    show(beside ? "ask" : "read");
  }

  function route() {
    const where = place();
    const view = new URLSearchParams(location.search).get("view");
    if (where.doc) {
      arrange();
      return loadReader(where);
    }
    window.yiju.hidePeek();
    body.classList.remove("beside");
    show(["ask", "read", "library"].includes(view) ? view : "ask");
    if (body.dataset.view === "ask") backToOpener();
  }

  // The keyboard goes on where it left the answer, unless it is elsewhere by now.
  let opener;
  function backToOpener() {
    const left = document.activeElement === body || $("#view-read").contains(document.activeElement);
    const same = (link) => link.getAttribute("href") === opener.getAttribute("href");
    if (opener && left) (opener.isConnected ? opener : $$("#view-ask [data-clause]").find(same))?.focus();
    opener = undefined;
  }

  // ---- reader ----
  let asked = 0;
  async function loadReader(where) {
    const turn = ++asked;
    const present = $("#reader > .reader");
    if (present && present.dataset.doc === where.doc && present.dataset.said === language() && where.section && !where.start) {
      if (jump(present, where)) return;
    }
    const html = await fragment("reader", where);
    const box = $("#reader");
    if (turn !== asked || !box) return;
    const find = $(".outline-find", box)?.value;
    const same = $(".reader", box)?.dataset.doc === where.doc;
    const removed = same && $("[data-do=removed]", box)?.checked;
    box.innerHTML = html;
    const reader = $(".reader", box);
    if (!reader) return;
    if (removed) toggleRemoved(reader, ($("[data-do=removed]", reader).checked = true));
    if (same && find) findInOutline(reader, ($(".outline-find", reader).value = find));
    watch(reader);
    jump(reader, where);
  }

  const readerActions = {
    drawer: (reader, button) => {
      const open = reader.classList.toggle("drawer-open");
      button.setAttribute("aria-expanded", String(open));
      if (open) $(".outline-find", reader).focus();
    },
    previous: (reader) => step(reader, -1),
    next: (reader) => step(reader, 1),
    widen: () => {
      body.classList.remove("beside");
      history.replaceState({}, "", location.href);
      show("read");
    },
    close: closeReader,
  };

  // ---- library ----
  let drawing = 0;
  async function loadLibrary() {
    const mine = ++drawing;
    const html = await fragment("library");
    if (mine !== drawing) return; // what was asked for later knows more
    const box = $("#library");
    const giveBack = box && whatIsHeld(box);
    if (box) box.innerHTML = html;
    document.dispatchEvent(new CustomEvent("yiju:library"));
    giveBack?.();
  }

  // Drawing anew takes neither the keyboard's place in the list nor the folds that a reader opened.
  function whatIsHeld(box) {
    const name = (node) => [node.tagName, node.getAttribute("href"), node.getAttribute("value"),
      JSON.stringify({ ...node.parentElement.dataset, ...node.dataset })].join(" ");
    const held = document.activeElement;
    const wanted = held && box.contains(held) ? name(held) : "";
    const caret = held?.type === "search" ? held.selectionStart : null;
    const open = $$("details[open]", box).map(name);
    return () => {
      for (const fold of $$("details", box)) fold.open = open.includes(name(fold));
      const same = wanted && $$("a, input, select, button, summary", box).find((node) => name(node) === wanted);
      if (same) same.focus({ preventScroll: true });
      if (same && caret !== null) same.setSelectionRange(caret, caret);
    };
  }

  document.addEventListener("toggle", async (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.open || !details.dataset.outline) return;
    const inside = details.querySelector("div");
    if (!inside.firstChild) inside.innerHTML = await fragment("outline", { doc: details.dataset.outline });
  }, true);

  async function confirmRemoval(button) {
    const dialog = $("#confirm");
    const title = $("#confirm-title");
    title.textContent = title.dataset.pattern.replace("%", () => button.dataset.title);
    dialog.returnValue = "no";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return button.focus();
      pending.remove = button.dataset.remove;
      press("remove-go");
      window.yiju.awaitEnd();
    }, { once: true });
  }

  // ---- model state ----
  async function watchModel() {
    const box = $("#model-state");
    if (!box) return;
    const html = await fragment("state");
    box.innerHTML = html;
    if ($("[data-state=loading]", box)) setTimeout(watchModel, 1500);
  }

  // ---- clicks, in one place ----
  const clicks = [
    ["[data-language-to]", (button) => {
      pending.language = button.dataset.languageTo;
      press("switch-language");
    }],
    ["[data-copy]", (button) => copy(button.dataset.copy, button)],
    ["[data-remove]", confirmRemoval],
    ["[data-permalink]", (link) => {
      copy(new URL(link.getAttribute("href"), location.href).href, link, header()?.dataset.copied);
      history.replaceState(history.state, "", link.getAttribute("href"));
    }],
    ["[data-clause]", (link) => {
      $(".reader")?.classList.remove("drawer-open");
      window.yiju.openLink(link);
    }],
    ["a[data-view]", (link) => {
      history.pushState({}, "", address({ view: link.dataset.view }));
      body.classList.remove("beside");
      show(link.dataset.view);
      window.scrollTo(0, 0);
    }],
    [".fold", (button) => fold(button.closest("li"), !button.closest("li").classList.contains("folded"))],
    ["button[data-do]", (button) => readerActions[button.dataset.do](button.closest(".reader"), button)],
    [".skip", () => $("#question textarea")?.focus()],
  ];

  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!plain || !(event.target instanceof Element)) return;
    for (const [selector, act] of clicks) {
      const found = event.target.closest(selector);
      if (found) {
        event.preventDefault();
        window.yiju.hidePeek();
        act(found);
        return;
      }
    }
    const open = $(".reader.drawer-open");
    if (open && event.target.closest(".clauses")) open.classList.remove("drawer-open");
  });

  document.addEventListener("input", (event) => {
    const reader = event.target.closest?.(".reader");
    if (event.target.matches?.(".outline-find")) findInOutline(reader, event.target.value);
    if (event.target.matches?.("[data-do=removed]")) toggleRemoved(reader, event.target.checked);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || window.yiju.hidePeek()) return;
    const reader = $(".reader.drawer-open");
    if (reader) reader.classList.remove("drawer-open");
    else if (body.classList.contains("beside") && !$("dialog[open]")) closeReader();
  });

  async function copy(words, button, said) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: words });
      body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const note = said ?? button.dataset.done;
    if (note && !button.querySelector(".said-done")) {
      const flag = Object.assign(document.createElement("span"), { className: "said-done", textContent: note });
      flag.setAttribute("role", "status");
      button.append(flag);
      setTimeout(() => flag.remove(), 1600);
    }
  }

  // ---- follow the answer while it grows, unless the reader scrolled away ----
  let askedBefore = 0;
  function follow() {
    const articles = $$(".exchange");
    if (articles.length > askedBefore) articles.at(-1).scrollIntoView({ block: "start" });
    askedBefore = articles.length;
    body.classList.toggle("has-answers", articles.length > 0);
    $("#question textarea")?.setAttribute("maxlength", "100000");
  }

  // ---- beginning, and every change of language ----
  let shown = "";
  function begin() {
    const now = language();
    if (!now || now === shown) return;
    const first = !shown;
    shown = now;
    document.documentElement.lang = now === "zh" ? "zh-Hans" : "en";
    body.classList.add("ready");
    watchModel();
    if (first) route();
    else {
      show(body.dataset.view);
      loadReader(place());
    }
  }

  Object.assign(window.yiju, { fragment, place, address, show, openClause, loadLibrary, readerActions, pending, press });

  const begun = new MutationObserver(() => {
    begin();
    follow();
  });
  body.dataset.view = "ask";
  begun.observe(body, { childList: true, subtree: true });
  window.addEventListener("popstate", route);
  narrow.addEventListener("change", () => {
    if (!place().doc) return;
    const reader = $("#reader > .reader");
    const read = reader?.current;
    arrange();
    if (!read) return;
    scrollTo($(".clauses", reader), read, 0);
    stand(reader, read, place());
  });
  begin();
})();
