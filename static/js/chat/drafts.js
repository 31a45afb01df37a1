// What the customer writes in the tabs of one browser. Each tab has its own draft, so that none takes another's words
// away: a tab that was emptied removes its own draft and no other.
//
// A tab keeps its draft over a reload. A tab that is opened asks the others which of them are open; a draft of none of
// them (its tab was closed or killed) goes on in the new tab. Event "found": such a draft (detail: its text). Event
// "double": this tab is the copy of an open one and shows words that are being written there.

import { newId } from "#lib/outbox.js";
import { browserStorage } from "#lib/storage.js";
import { pageTimers } from "#lib/timers.js";

const ANSWER_WITHIN_MS = 300;

const openChannel = (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null);

export class TabDrafts extends EventTarget {
  #start;
  #tab;
  #page = newId();
  #channel = null;
  #conversation = "";
  #text = "";
  #present = new Set();
  #storage;
  #session;
  #timers;

  // `tools`: what tests inject. `session()` returns the storage of this tab; `channel(name)` leads to the other tabs, or
  // is null.
  constructor(owner, tools = {}) {
    super();
    this.#storage = tools.storage ?? browserStorage;
    this.#session = tools.session ?? (() => sessionStorage);
    this.#timers = tools.timers ?? pageTimers;
    this.#start = `desk:${owner}:draft:`;
    this.#tab = this.#tabOf() || this.#newTab();
    this.#channel = (tools.channel ?? openChannel)(this.#start);
    this.#channel?.addEventListener("message", ({ data }) => this.#hear(data));
  }

  // The draft that this tab goes on with in this conversation. Words that are written already stay.
  open(conversation, written = "") {
    const before = this.#key;
    this.#conversation = conversation;
    this.#text = written || this.#storage.read(this.#key)?.text || "";
    if (written && before !== this.#key) {
      this.#storage.remove(before);
      this.set(written);
    }
    this.#ask();
    return this.#text;
  }

  set(text) {
    this.#text = text;
    if (text) this.#storage.write(this.#key, { text, at: Date.now() });
    else this.#storage.remove(this.#key);
  }

  // Those of other conversations, which have ended.
  tidy() {
    for (const key of this.#storage.keys(this.#start)) {
      if (!key.startsWith(this.#start + this.#conversation)) this.#storage.remove(key);
    }
  }

  get #key() {
    return `${this.#start}${this.#conversation}:${this.#tab}`;
  }

  // The tab that this page was before a reload, or whose copy it is; "" for a new one.
  #tabOf() {
    try {
      return this.#session().getItem(`${this.#start}tab`) ?? "";
    } catch {
      return ""; // storage is switched off
    }
  }

  #newTab() {
    const tab = newId();
    try {
      this.#session().setItem(`${this.#start}tab`, tab);
    } catch {
      // It lasts for this page.
    }
    return tab;
  }

  #ask() {
    this.#present.clear();
    this.#channel?.postMessage({ t: "who", from: this.#page });
    this.#timers.after(this.#channel ? ANSWER_WITHIN_MS : 0, () => this.#settle());
  }

  #hear(data) {
    if (data.t === "who") this.#channel.postMessage({ t: "here", to: data.from, tab: this.#tab });
    if (data.t === "here" && data.to === this.#page) this.#present.add(data.tab);
    // Another tab took this one for gone, as it did not answer in time.
    if (data.t === "took" && data.tab === this.#tab && this.#text) this.set(this.#text);
  }

  #settle() {
    if (this.#present.has(this.#tab)) {
      this.#tab = this.#newTab();
      this.#text = "";
      this.dispatchEvent(new Event("double"));
    }
    if (this.#text) return;
    const [newest] = this.#storage
      .keys(this.#start + this.#conversation)
      .filter((key) => !this.#present.has(key.split(":").at(-1)) && this.#storage.read(key)?.text)
      .sort((one, other) => (this.#storage.read(other).at ?? 0) - (this.#storage.read(one).at ?? 0));
    if (!newest) return;
    const { text } = this.#storage.read(newest);
    this.#storage.remove(newest);
    this.#channel?.postMessage({ t: "took", tab: newest.split(":").at(-1) });
    this.set(text);
    this.dispatchEvent(Object.assign(new Event("found"), { detail: text }));
  }
}
