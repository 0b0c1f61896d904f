// Conversations that stay: kept and listed, exported, voted on.
(() => {
  "use strict";

  const { yiju } = window;
  const { box, call, make, mode, prefix, say, words } = yiju;
  const MOST = 30;
  const LISTED = 5;
  const language = () => $(".top")?.dataset.language ?? "en";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- what is kept ----
  let current = "";
  let openId = null;
  let written = ""; // what is kept under that id, as far as this tab knows
  let resuming = null;
  let opened = false;
  let keeping = Promise.resolve();

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
    put: async (id, title, data, follows) => {
      const there = await inBrowser.get(id);
      if (there && there !== follows) return false;
      const value = JSON.stringify({ title, at: Date.now() / 1000, data });
      const others = (await inBrowser.list()).filter((talk) => talk.id !== id);
      while (others.length >= MOST) await inBrowser.forget(others.pop().id);
      for (;;) {
        try {
          localStorage.setItem(`${prefix}talk:${id}`, value);
          return true;
        } catch {
          if (!others.length) return true; // the browser keeps nothing, or less than this
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
    put: async (id, title, data, follows) => {
      const last = follows && JSON.parse(follows).exchanges.at(-1).id;
      return (await call("PUT", `conversations/${id}`, { title, data, follows: last })).status !== 409;
    },
    forget: (id) => call("DELETE", `conversations/${id}`),
    forgetAll: () => call("DELETE", "conversations"),
  };
  const nowhere = { list: async () => [], get: async () => "", forget() {}, forgetAll() {} };
  const stores = { browser: inBrowser, server: onServer };
  const store = () => stores[mode()] ?? nowhere;

  const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  function setOpen(id) {
    openId = id;
    if (id) sessionStorage.setItem(`${prefix}open`, `${mode()}:${id}`);
    else sessionStorage.removeItem(`${prefix}open`);
  }

  // Called by Gradio whenever an answer has ended, or another conversation is shown; ``how`` is for ``ended``.
  yiju.keep = (kept, how) => {
    yiju.ended(how, kept !== current);
    current = kept;
    const resumed = resuming?.data === kept ? resuming : null;
    resuming = null;
    keeping = keeping.then(async () => {
      if (resumed) [openId, written] = [resumed.id, kept];
      await write(kept);
      listEarlier();
    });
    return keeping;
  };

  async function write(kept) {
    if (!kept || mode() === "none") {
      written = "";
      return setOpen(null);
    }
    setOpen(openId ?? newId());
    if (kept === written) return undefined;
    const title = JSON.parse(kept).exchanges[0].question;
    try {
      // Another tab went on with the same conversation: both stay.
      if (!(await store().put(openId, title, kept, written))) {
        setOpen(newId());
        await store().put(openId, title, kept, "");
      }
      written = kept;
    } catch {
      // the connection is lost, which the next question will say
    }
    return undefined;
  }

  // An answer that ended a moment before the page is left is kept too.
  addEventListener("pagehide", () => {
    const kept = $("#kept textarea")?.value;
    if (kept && kept !== current) yiju.keep(kept, "answer");
    yiju.setAside();
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
    written = current;
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
    yiju.leaveConversation();
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
    for (const article of $$(".exchange[data-id]:not([data-voted])")) {
      if (votes[article.dataset.id] && $(".votes", article)) voted(article);
    }
    const spoken = $("#ask-words")?.dataset.words;
    if (spoken && spoken !== listed) {
      listed = spoken;
      listEarlier(); // another language leaves the list empty
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
