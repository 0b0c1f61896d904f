// The library beyond its list: deciding on uploads, undo, filters, choosing documents to ask.
(() => {
  "use strict";

  const yiju = window.yiju;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const filters = {};
  const chosen = new Set();

  // ---- the list, after each time it is drawn ----
  function apply() {
    const box = $("#library");
    const books = $$(".book", box);
    let any = 0;
    for (const book of books) {
      const fits = Object.entries(filters).every(([name, wanted]) => (
        name === "words" ? matches(book.dataset.words, wanted) : !wanted || book.dataset[name] === wanted
      ));
      book.hidden = !fits;
      any += fits;
    }
    const filtering = Object.values(filters).some(Boolean);
    const note = $(".matching", box);
    if (note) note.textContent = filtering ? note.dataset.pattern.replace("%", () => any) : "";
    const none = $(".none-match", box);
    if (none) none.hidden = any > 0 || !books.length;
  }

  const matches = (words, wanted) => wanted.toLowerCase().split(/\s+/).every((part) => words.toLowerCase().includes(part));

  function showChosen() {
    const bar = $("#library .chosen");
    if (!bar) return;
    bar.hidden = !chosen.size;
    const note = $("[data-pattern]", bar);
    note.textContent = note.dataset.pattern.replace("%", () => chosen.size);
  }

  document.addEventListener("yiju:library", () => {
    const box = $("#library");
    for (const control of $$("[data-filter]", box)) {
      control.value = filters[control.dataset.filter] ?? "";
      if (control.value !== (filters[control.dataset.filter] ?? "")) filters[control.dataset.filter] = control.value = "";
    }
    const known = new Set($$(".choose", box).map((mark) => mark.value));
    for (const id of [...chosen]) if (!known.has(id)) chosen.delete(id);
    for (const mark of $$(".choose", box)) mark.checked = chosen.has(mark.value);
    apply();
    showChosen();
  });

  document.addEventListener("input", (event) => {
    const control = event.target;
    if (control.matches?.("#library [data-filter]")) {
      filters[control.dataset.filter] = control.value.trim();
      apply();
    }
    if (control.matches?.("#library .choose")) {
      if (control.checked) chosen.add(control.value);
      else chosen.delete(control.value);
      showChosen();
    }
  });

  // ---- buttons ----
  function say(name, value, button) {
    yiju.pending[name] = value;
    yiju.press(button);
  }

  const presses = [
    ["[data-decide]", (button) => {
      for (const other of $$("[data-decide]")) other.disabled = true; // one decision at a time
      say("decide", button.dataset.decide, "decide-go");
      $("#upload-result").scrollIntoView({ block: "nearest" });
    }],
    ["[data-undo]", (button) => {
      button.disabled = true;
      say("undo", button.dataset.undo, "undo-go");
    }],
    ["[data-replace]", (button) => {
      yiju.pending.replace = button.dataset.replace;
      $("#upload input[type=file]")?.click();
    }],
    ["[data-choose=none]", () => {
      chosen.clear();
      for (const mark of $$(".choose")) mark.checked = false;
      showChosen();
    }],
    ["[data-choose=ask]", () => say("scope", [...chosen].join(","), "scope-go")],
  ];

  document.addEventListener("click", (event) => {
    for (const [selector, act] of presses) {
      const found = event.target.closest?.(selector);
      if (found) return act(found);
    }
  });

  // A chooser that was closed without a file replaces nothing later.
  document.addEventListener("cancel", (event) => {
    if (event.target.matches?.("#upload input[type=file]")) delete yiju.pending.replace;
  }, true);

  yiju.lookedAt = () => {
    $("#staged .stage:last-child")?.scrollIntoView({ block: "nearest" });
    ($("#staged .stage [data-decide^=add]") ?? $("#staged [data-decide]"))?.focus({ preventScroll: true });
  };

  // What waits for a decision outlives a reload of its tab.
  const shown = () => $$("#staged .stage").map((card) => card.dataset.token).join(",");
  yiju.waiting = () => shown() || sessionStorage.getItem("yiju-waiting") || "";
  addEventListener("pagehide", () => sessionStorage.setItem("yiju-waiting", shown()));

  yiju.scoped = () => {
    history.pushState({}, "", yiju.address({ view: "ask" }));
    document.body.classList.remove("beside");
    yiju.show("ask");
    $("#question textarea")?.focus();
  };
})();
