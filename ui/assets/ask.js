// The Ask view's behaviour: sending and editing, what is given back, the quote under the pointer.
(() => {
  "use strict";

  const { yiju } = window;
  const SENDING_MS = 10_000;
  const STOPPING_MS = 1_000;
  const hoverless = window.matchMedia("(hover: none)");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = () => JSON.parse($("#ask-words")?.dataset.words ?? "{}");
  const mode = () => $("#ask-words")?.dataset.mode;
  const box = () => $("#question textarea");
  const prefix = `yiju:${new URL(document.baseURI).pathname}:`;

  const make = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const call = (method, path, body) =>
    fetch(new URL(`yiju/${path}`, document.baseURI), {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });

  // ---- sending ----
  // The written question that is under way, or what was set aside as this tab's last page was left.
  let sent = JSON.parse(sessionStorage.getItem(`${prefix}unsent`));
  let sentAt = -Infinity;
  const busy = () => performance.now() - sentAt < SENDING_MS || Boolean($(".exchange[aria-busy]"));

  function fill(text) {
    const area = box();
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  let said;
  function say(text) {
    said?.remove();
    said = make("p", { className: "note", textContent: text });
    said.setAttribute("role", "status");
    $("#composer")?.prepend(said);
    setTimeout((old) => old.remove(), 4000, said);
  }

  // Called by Gradio with the inputs of a question: its words first, last where the conversation begins anew.
  yiju.send = (inputs) => {
    sentAt = performance.now();
    sent = { how: "question", words: inputs[0] ?? "", since: editing?.n ?? "" };
    const draft = editing?.draft ?? "";
    endEdit();
    fill(draft); // at once: what is typed from now on belongs to the next question
    return [sent.words, ...inputs.slice(1, -1), sent.since];
  };
  yiju.sendChosen = (inputs) => {
    sentAt = performance.now();
    return [yiju.take("question") ?? "", ...inputs.slice(1, -1), yiju.take("since") ?? ""];
  };

  // Called whenever Gradio is through with something: ``how`` it began, and whether the conversation is another now.
  yiju.ended = (how, changed) => {
    sentAt = -Infinity;
    if (changed && how !== "open") sent = null; // it stands in the conversation
    else if (sent?.how === how && !$(".exchange[aria-busy]")) giveBack();
  };

  // A question that was refused, or lost with the connection, is in the box again as it was sent.
  function giveBack() {
    const { words: lost, since, typed } = sent;
    sent = null;
    sessionStorage.removeItem(`${prefix}unsent`);
    if (typed) fill(typed);
    const article = since && $(`.exchange[data-n="${since}"]`);
    const before = (text) => [lost, text].filter((part) => part.trim()).join("\n");
    if (editing) editing.draft = before(editing.draft);
    else if (article) edit(article, lost);
    else fill(before(box().value));
  }

  // What is in the box is there again after a reload, which also ends a lost connection.
  yiju.setAside = () => {
    if (!box()) return;
    const under = editing ? { words: box().value, since: editing.n } : { words: "", since: "", ...sent };
    const aside = { typed: editing ? editing.draft : box().value, ...under, how: "open" };
    if (aside.words || aside.typed) sessionStorage.setItem(`${prefix}unsent`, JSON.stringify(aside));
    else sessionStorage.removeItem(`${prefix}unsent`);
  };

  yiju.onClick("[data-ask]", (button) => {
    if (busy()) return say(words().busy);
    const article = button.closest(".exchange");
    if ("again" in button.dataset && article === $$(".exchange").at(-1)) yiju.pending.since = article.dataset.n;
    yiju.pending.question = button.dataset.ask;
    // A question sent while Gradio still closes the stream of a stopped one would never hear its answer.
    setTimeout(() => yiju.press("again"), Math.max(0, stoppedAt + STOPPING_MS - performance.now()));
  });

  let stoppedAt = -Infinity;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#stop")) stoppedAt = performance.now();
  }, true);

  // ---- editing ----
  let editing = null;
  function edit(article, text = $("[data-edit]", article).dataset.edit) {
    if ($(".exchange[aria-busy]")) yiju.press("stop");
    endEdit();
    editing = { n: article.dataset.n, draft: box().value };
    showEditing();
    fill(text);
    box().focus();
    box().setSelectionRange(box().value.length, box().value.length);
  }
  function showEditing() {
    $("#editing")?.remove();
    const cancel = make("button", { type: "button", className: "quiet", textContent: words().edit_cancel });
    cancel.dataset.editCancel = "";
    const note = make("p", { id: "editing", className: "note" }, words().editing, " ", cancel);
    note.setAttribute("role", "status");
    $("#composer").prepend(note);
  }
  function endEdit(putBack = false) {
    if (editing && putBack) fill(editing.draft);
    editing = null;
    $("#editing")?.remove();
    $(".being-edited")?.classList.remove("being-edited");
  }
  // Another conversation has no place for the question that is being edited, nor for the one under way.
  yiju.leaveConversation = () => {
    sent = null;
    endEdit(true);
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#clear")) yiju.leaveConversation();
  }, true);
  yiju.onClick("[data-edit]", (button) => edit(button.closest(".exchange")));
  yiju.onClick("[data-edit-cancel]", () => {
    endEdit(true);
    box().focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.target !== box() || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && busy()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(words().busy);
    } else if (event.key === "ArrowUp" && !box().value && $(".exchange")) {
      event.preventDefault();
      edit($$(".exchange").at(-1));
    } else if (event.key === "Escape" && (editing || $(".exchange[aria-busy]"))) {
      event.preventDefault();
      if (editing) endEdit(true);
      else yiju.press("stop");
    }
  }, true);

  Object.assign(yiju, { box, call, make, mode, prefix, say, words });

  // ---- the quote under the pointer, the focus or the finger ----
  let peek;
  let peeked;
  let tapped;
  let leaving;
  function showPeek(link) {
    clearTimeout(leaving);
    if (peeked === link) return;
    hidePeek();
    peeked = link;
    peek = make("div", { id: "peek" });
    peek.setAttribute("role", "tooltip");
    for (const [name, text] of [["b", link.dataset.label], ["q", link.dataset.quote], ["i", link.dataset.note]]) {
      if (text) peek.append(make(name, { textContent: text }));
    }
    const open = make("a", { className: "peek-open", textContent: words().peek_open, href: link.getAttribute("href") });
    open.dataset.clause = "";
    open.tabIndex = -1; // the number itself opens it
    peek.append(open);
    document.body.append(peek);
    link.setAttribute("aria-describedby", "peek");
    const at = link.getBoundingClientRect();
    peek.style.left = `${Math.max(12, Math.min(at.left - 20, innerWidth - peek.offsetWidth - 12))}px`;
    peek.dataset.top = at.top;
    const below = at.bottom + 6;
    peek.style.top = `${below + peek.offsetHeight < innerHeight - 8 ? below : Math.max(8, at.top - peek.offsetHeight - 6)}px`;
  }
  function hidePeek() {
    clearTimeout(leaving);
    const there = Boolean(peek);
    peek?.remove();
    peeked?.removeAttribute("aria-describedby");
    peek = peeked = undefined;
    return there;
  }
  yiju.hidePeek = hidePeek;

  document.addEventListener("mouseover", (event) => {
    const link = event.target.closest?.(".cite");
    if (link && !hoverless.matches) showPeek(link);
    else if (event.target.closest?.("#peek")) clearTimeout(leaving);
  });
  document.addEventListener("mouseout", (event) => {
    if (event.target.closest?.(".cite, #peek") && document.activeElement !== peeked) leaving = setTimeout(hidePeek, 180);
  });
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(".cite");
    if (link?.matches(":focus-visible")) showPeek(link);
  });
  document.addEventListener("focusout", (event) => event.target.closest?.(".cite") && !hoverless.matches && hidePeek());
  document.addEventListener("scroll", (event) => {
    if (!peek || peek.contains(event.target)) return;
    // Word of a scroll that ended before the quote was shown may come late.
    if (Math.abs(peeked.getBoundingClientRect().top - Number(peek.dataset.top)) > 4) hidePeek();
  }, { capture: true, passive: true });
  yiju.onClick(".cite", (link) => {
    if (hoverless.matches && tapped !== link) {
      tapped = link; // the first tap shows the words, the second opens them
      return showPeek(link);
    }
    tapped = undefined;
    yiju.openLink(link);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".cite, #peek")) {
      hidePeek();
      tapped = undefined;
    }
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && $("details.menu[open]");
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    $("summary", menu).focus();
  }, true);

  // ---- after every change of the page ----
  // Gradio says these in English only.
  function translateToasts() {
    for (const place of $$(".toast-title, .toast-message-text")) {
      const said = words().toasts?.[place.firstChild?.nodeValue?.trim()];
      if (said && place.firstChild.nodeValue !== said) place.firstChild.nodeValue = said;
    }
  }

  let spoken;
  new MutationObserver(() => {
    if (peeked && !peeked.isConnected) hidePeek();
    translateToasts();
    if (editing) $(`.exchange[data-n="${editing.n}"]`)?.classList.add("being-edited"); // it may be drawn anew
    const now = $("#ask-words")?.dataset.words;
    if (now === spoken) return;
    spoken = now;
    if (editing) showEditing(); // in the page's new language
  }).observe(document.body, { childList: true, subtree: true });
})();
