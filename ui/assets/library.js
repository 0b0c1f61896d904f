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

  // One decision at a time; what could not be carried out is drawn as before, and can be tried again.
  const PATIENCE_MS = 10_000;
  let pressed;
  let unheard;
  // Gradio tells no end of what did not reach the server, or of what it did not hear the end of.
  yiju.awaitEnd = () => {
    clearTimeout(unheard);
    unheard = setTimeout(() => {
      if ($("#upload-result .waiting")) return;
      yiju.decided();
      yiju.refresh();
    }, PATIENCE_MS);
  };
  function hold(button, place) {
    pressed = button;
    button.closest(place).inert = true;
    yiju.awaitEnd();
  }
  yiju.decided = () => {
    clearTimeout(unheard);
    for (const held of $$("#view-library [inert]")) held.inert = false;
    if (document.activeElement === document.body) pressed?.focus({ preventScroll: true });
  };

  const presses = [
    ["[data-decide]", (button) => {
      hold(button, "#staged");
      say("decide", button.dataset.decide, "decide-go");
      $("#upload-result").scrollIntoView({ block: "nearest" });
    }],
    ["[data-undo]", (button) => {
      hold(button, ".undo");
      say("undo", button.dataset.undo, "undo-go");
    }],
    ["[data-replace]", (button) => {
      const chooser = Object.assign(document.createElement("input"), { type: "file" });
      chooser.addEventListener("change", () => give(chooser.files, button.dataset.replace));
      chooser.click();
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

  // ---- files, before Gradio sees them ----
  const GRADIOS = "#upload input[type=file]";
  let replaced = "";

  function sayNotTaken(lines) {
    const notes = lines.map((line) => {
      const note = Object.assign(document.createElement("p"), { className: "note is-error", textContent: line });
      note.setAttribute("role", "alert");
      return note;
    });
    $("#not-taken").replaceChildren(...notes);
  }

  function listed(files) {
    const list = new DataTransfer();
    for (const file of files) list.items.add(file);
    return list.files;
  }

  function give(files, insteadOf = "") {
    const input = $(GRADIOS); // there is none while files are on their way
    if (!input) return sayNotTaken([$(".drop-note").dataset.early]);
    replaced = insteadOf;
    input.files = listed(files);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Gradio would refuse all files for one that is too large, in English.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.(GRADIOS)) return;
    const { limit, large } = $(".drop-note").dataset;
    const fits = [...input.files].filter((file) => file.size <= Number(limit));
    const left = [...input.files].filter((file) => !fits.includes(file));
    sayNotTaken(left.map((file) => large.replace("%", () => file.name)));
    yiju.pending.replace = replaced;
    replaced = "";
    if (left.length) input.files = listed(fits);
    if (!fits.length) event.stopImmediatePropagation();
  }, true);

  document.addEventListener("dragover", (event) => event.target.closest?.("#drop") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const button = event.target.closest?.("#drop");
    if (!button || !event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true })); // Gradio forgets that something hovers
    give(event.dataTransfer.files);
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
