// What is being written in the tabs of one browser. Each tab has its own draft, so that none takes another's words away:
// a tab that was emptied removes its own draft and no other.
//
// A tab keeps its draft over a reload. A tab that is opened asks the others who is there; a draft of none of them (its
// tab was closed or killed) goes on in the new tab. Event "found": such a draft (detail: its text). Event "double": this
// tab is the copy of an open one and shows words that are being written there.

import { keys, read, remove, write } from "#desk/kept.js";
import { newId } from "#lib/fallbacks.js";

const ANSWER_WITHIN_MS = 300;

export class TabDrafts extends EventTarget {
  #start;
  #tab;
  #page = newId();
  #channel = null;
  #conversation = "";
  #text = "";
  #present = new Set();

  constructor(owner) {
    super();
    this.#start = `desk:${owner}:draft:`;
    this.#tab = this.#tabOf() || this.#newTab();
    if (!globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(this.#start);
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
  }

  // The draft that this tab goes on with in this conversation. Words that are written already stay.
  open(conversation, written = "") {
    const before = this.#key;
    this.#conversation = conversation;
    this.#text = written || read(this.#key)?.text || "";
    if (written && before !== this.#key) {
      remove(before);
      this.set(written);
    }
    this.#ask();
    return this.#text;
  }

  set(text) {
    this.#text = text;
    if (text) write(this.#key, { text, at: Date.now() });
    else remove(this.#key);
  }

  // Those of other conversations, which have ended.
  tidy() {
    for (const key of keys(this.#start)) if (!key.startsWith(this.#start + this.#conversation)) remove(key);
  }

  get #key() {
    return `${this.#start}${this.#conversation}:${this.#tab}`;
  }

  // The tab that this page was before a reload, or whose copy it is; "" for a new one.
  #tabOf() {
    try {
      return sessionStorage.getItem(`${this.#start}tab`) ?? "";
    } catch {
      return ""; // storage is switched off
    }
  }

  #newTab() {
    const tab = newId();
    try {
      sessionStorage.setItem(`${this.#start}tab`, tab);
    } catch {
      // It lasts for this page.
    }
    return tab;
  }

  #ask() {
    this.#present.clear();
    this.#channel?.postMessage({ t: "who", from: this.#page });
    setTimeout(() => this.#settle(), this.#channel ? ANSWER_WITHIN_MS : 0);
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
    const [newest] = keys(this.#start + this.#conversation)
      .filter((key) => !this.#present.has(key.split(":").at(-1)) && read(key)?.text)
      .sort((one, other) => (read(other).at ?? 0) - (read(one).at ?? 0));
    if (!newest) return;
    const { text } = read(newest);
    remove(newest);
    this.#channel?.postMessage({ t: "took", tab: newest.split(":").at(-1) });
    this.set(text);
    this.dispatchEvent(new CustomEvent("found", { detail: text }));
  }
}
