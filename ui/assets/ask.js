// The Ask view's behaviour: sending and editing, the quote under the pointer, votes, exports, earlier conversations.
(() => {
  "use strict";

  const { yiju } = window;
  const MOST = 30;
  const SENDING_MS = 10_000;
  const STOPPING_MS = 1_000;
  const LISTED = 5;
  const hoverless = window.matchMedia("(hover: none)");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = () => JSON.parse($("#ask-words")?.dataset.words ?? "{}");
  const mode = () => $("#ask-words")?.dataset.mode;
  const box = () => $("#question textarea");
  const prefix = `yiju:${new URL(document.baseURI).pathname}:`;
  const language = () => $(".top")?.dataset.language ?? "en";

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
    const chosen = yiju.take("question");
    const since = yiju.take("since") ?? (editing && chosen === undefined ? editing.n : "");
    if (!$(".exchange")) openId = null;
    sentAt = performance.now();
    if (chosen === undefined) {
      const draft = editing?.draft ?? "";
      endEdit();
      fill(draft); // at once: what is typed from now on belongs to the next question
    }
    return [chosen ?? inputs[0], ...inputs.slice(1, -1), String(since)];
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
  function edit(article) {
    if (!article) return;
    if ($(".exchange[aria-busy]")) yiju.press("stop");
    endEdit();
    editing = { n: article.dataset.n, draft: box().value };
    article.classList.add("being-edited");
    const cancel = make("button", { type: "button", className: "quiet", textContent: words().edit_cancel });
    cancel.dataset.editCancel = "";
    const note = make("p", { id: "editing", className: "note" }, words().editing, " ", cancel);
    note.setAttribute("role", "status");
    $("#composer").prepend(note);
    fill($("[data-edit]", article).dataset.edit);
    box().focus();
    box().setSelectionRange(box().value.length, box().value.length);
  }
  function endEdit(putBack = false) {
    if (editing && putBack) fill(editing.draft);
    editing = null;
    $("#editing")?.remove();
    $(".being-edited")?.classList.remove("being-edited");
  }
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

  // ---- what is kept ----
  let current = "";
  let openId = null;
  let resuming = null;
  let opened = false;

  const inBrowser = {
    list: async () => {
      const found = [];
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (!key.startsWith(`${prefix}talk:`)) continue;
        try {
          const { title, at } = JSON.parse(localStorage.getItem(key));
          found.push({ id: key.slice(prefix.length + 5), title, at });
        } catch {
          localStorage.removeItem(key);
        }
      }
      return found.sort((a, b) => b.at - a.at);
    },
    get: async (id) => {
      const found = localStorage.getItem(`${prefix}talk:${id}`);
      return found ? JSON.parse(found).data : "";
    },
    put: async (id, title, data) => {
      const value = JSON.stringify({ title, at: Date.now() / 1000, data });
      const others = (await inBrowser.list()).filter((talk) => talk.id !== id);
      while (others.length >= MOST) await inBrowser.forget(others.pop().id);
      for (;;) {
        try {
          return localStorage.setItem(`${prefix}talk:${id}`, value);
        } catch {
          if (!others.length) return undefined; // the browser keeps nothing, or less than this
          await inBrowser.forget(others.pop().id);
        }
      }
    },
    forget: async (id) => localStorage.removeItem(`${prefix}talk:${id}`),
    forgetAll: async () => {
      for (const { id } of await inBrowser.list()) await inBrowser.forget(id);
    },
  };
  const onServer = {
    list: async () => (await call("GET", "conversations")).json(),
    get: async (id) => {
      const found = await call("GET", `conversations/${id}`);
      return found.ok ? found.text() : "";
    },
    put: (id, title, data) => call("PUT", `conversations/${id}`, { title, data }),
    forget: (id) => call("DELETE", `conversations/${id}`),
    forgetAll: () => call("DELETE", "conversations"),
  };
  const nowhere = { list: async () => [], get: async () => "", put() {}, forget() {}, forgetAll() {} };
  const stores = { browser: inBrowser, server: onServer };
  const store = () => stores[mode()] ?? nowhere;

  const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  function setOpen(id) {
    openId = id;
    if (id) sessionStorage.setItem(`${prefix}open`, `${mode()}:${id}`);
    else sessionStorage.removeItem(`${prefix}open`);
  }

  // Called by Gradio whenever an answer has ended, or another conversation is shown.
  yiju.keep = async (kept) => {
    sentAt = -Infinity;
    if (resuming?.data === kept) openId = resuming.id;
    const before = current;
    resuming = null;
    current = kept;
    if (!kept || mode() === "none") setOpen(null);
    else {
      setOpen(openId ?? newId());
      const title = JSON.parse(kept).exchanges[0].question;
      if (kept !== before) await store().put(openId, title, kept);
    }
    listEarlier();
  };

  // An answer that ended a moment before the page is left is kept too.
  addEventListener("pagehide", () => {
    const kept = $("#kept textarea")?.value;
    if (kept && kept !== current) yiju.keep(kept);
  });

  // Called by Gradio as the page is drawn: the conversation that this tab had open.
  yiju.open = async () => {
    if (opened) return "";
    opened = true;
    const [kind, id] = (sessionStorage.getItem(`${prefix}open`) ?? ":").split(":");
    try {
      current = id ? await stores[kind].get(id) : "";
    } catch {
      current = "";
    }
    openId = current ? id : null;
    return current;
  };

  // ---- the list of earlier conversations ----
  let all = false;
  async function listEarlier() {
    const section = $(".earlier");
    if (!section) return;
    let talks = [];
    try {
      talks = await store().list();
    } catch {
      return; // the connection is lost, which the next question will say
    }
    const rows = talks.slice(0, all ? talks.length : LISTED).map((talk) => {
      const row = $("template", section).content.firstElementChild.cloneNode(true);
      const day = new Date(talk.at * 1000);
      $("[data-resume]", row).dataset.resume = talk.id;
      $("[data-resume] span", row).textContent = talk.title;
      $("time", row).textContent = day.toLocaleDateString(language() === "zh" ? "zh-CN" : "en-GB", { month: "short", day: "numeric" });
      $("time", row).dateTime = day.toISOString();
      const forget = $("[data-forget]", row);
      forget.dataset.forget = talk.id;
      forget.setAttribute("aria-label", forget.getAttribute("aria-label").replace("%", () => talk.title));
      return row;
    });
    $("ul", section).replaceChildren(...rows);
    const more = $("[data-earlier-all]", section);
    more.hidden = all || talks.length <= LISTED;
    more.textContent = words().earlier_all.replace("%", talks.length);
    section.hidden = !talks.length;
  }
  yiju.onClick("[data-earlier-all]", () => {
    all = true;
    listEarlier();
  });
  yiju.onClick("[data-resume]", async (button) => {
    const id = button.dataset.resume;
    const data = await store().get(id);
    if (!data) {
      say(words().earlier_gone);
      return listEarlier();
    }
    resuming = { id, data };
    yiju.pending.resume = data;
    yiju.press("resume");
  });
  yiju.onClick("[data-forget]", async (button) => {
    const next = button.closest("li").nextElementSibling ?? button.closest("li").previousElementSibling;
    const id = next && $("[data-forget]", next).dataset.forget;
    await store().forget(button.dataset.forget);
    await listEarlier();
    (id ? $(`[data-forget="${id}"]`) : box())?.focus();
  });
  yiju.onClick("[data-forget-all]", async (button) => {
    if (!("sure" in button.dataset)) {
      button.dataset.sure = "";
      button.textContent = words().earlier_sure;
      setTimeout(() => {
        delete button.dataset.sure;
        button.textContent = words().earlier_forget_all;
      }, 5000);
      return;
    }
    await store().forgetAll();
    await listEarlier();
    box().focus();
  });

  // ---- exports ----
  yiju.onClick("[data-export]", async (button) => {
    button.closest("details").open = false;
    const kind = button.dataset.export;
    const article = button.closest(".exchange");
    const query = new URLSearchParams({ kind, language: language() });
    if (button.dataset.what === "answer") query.set("answer", article.dataset.id);
    try {
      const response = await call("POST", `export?${query}`, { conversation: current });
      if (!response.ok) throw new Error(response.statusText);
      const first = button.dataset.what === "answer" ? article : $(".exchange");
      const title = $("[data-edit]", first).dataset.edit.replace(/[\\/:*?"<>|\p{Cc}\p{Cf}\s]+/gu, " ").trim().slice(0, 40);
      const url = URL.createObjectURL(await response.blob());
      make("a", { href: url, download: `${title || "yiju"}.${kind}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch {
      say(words().export_failed);
    }
  });

  // ---- votes ----
  const votes = JSON.parse(sessionStorage.getItem(`${prefix}votes`) ?? "{}");
  function remember(id, verdict) {
    if (verdict) votes[id] = verdict;
    else delete votes[id];
    sessionStorage.setItem(`${prefix}votes`, JSON.stringify(votes));
  }
  function voted(article, line = "", undoable = true) {
    const verdict = votes[article.dataset.id];
    article.dataset.voted = verdict ?? "";
    for (const button of $$("[data-vote]", article)) {
      button.setAttribute("aria-pressed", String(button.dataset.vote === verdict));
    }
    $(".voted", article)?.remove();
    const text = line || (verdict ? words()[`vote_${verdict}_thanks`] : "");
    if (!text) return;
    const note = make("p", { className: "voted", textContent: `${text} ` });
    note.setAttribute("role", "status");
    if (verdict && undoable) {
      const undo = make("button", { type: "button", className: "quiet", textContent: words().vote_undo });
      undo.dataset.voteUndo = "";
      note.append(undo);
    }
    $(".foot", article)?.after(note); // none while the answer is drawn anew
  }
  async function tell(article, verdict, reason = "") {
    const { id } = article.dataset;
    try {
      const response = await call("POST", "feedback", { id, verdict, reason, conversation: current });
      if (!response.ok) throw new Error(response.statusText);
      remember(id, verdict);
      voted(article);
      return true;
    } catch {
      voted(article, words().vote_failed, false);
      return false;
    }
  }
  async function takeBack(article) {
    try {
      const response = await call("DELETE", `feedback/${article.dataset.id}`);
      if (!response.ok) throw new Error(response.statusText);
      remember(article.dataset.id, null);
      $(".vote-form", article)?.remove();
      voted(article, words().vote_undone);
    } catch {
      voted(article, words().vote_failed, false);
    }
  }
  yiju.onClick("[data-vote]", async (button) => {
    const article = button.closest(".exchange");
    const { vote } = button.dataset;
    if (votes[article.dataset.id] === vote) return takeBack(article);
    $(".vote-form", article)?.remove();
    if ((await tell(article, vote)) && vote === "down" && $(".foot", article)) {
      $(".foot", article).after($("#vote-form").content.firstElementChild.cloneNode(true));
      $(".vote-form input", article).focus();
    }
    return undefined;
  });
  yiju.onClick("[data-vote-undo]", (button) => {
    const article = button.closest(".exchange");
    takeBack(article);
    $("[data-vote]", article).focus();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.(".vote-form");
    if (!form) return;
    event.preventDefault();
    const article = form.closest(".exchange");
    const given = new FormData(form);
    const reason = [...given.getAll("reason"), given.get("more").trim()].filter(Boolean).join("; ");
    if (await tell(article, "down", reason)) {
      form.remove();
      $("[data-vote=down]", article).focus();
    }
  });

  // ---- after every change of the page ----
  let listed;
  new MutationObserver(() => {
    if (peeked && !peeked.isConnected) hidePeek();
    for (const article of $$(".exchange[data-id]:not([data-voted])")) {
      if (votes[article.dataset.id] && $(".votes", article)) voted(article);
    }
    const place = $("#ask-words");
    if (place && place !== listed) {
      listed = place;
      listEarlier();
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
