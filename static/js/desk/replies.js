// The suggested replies above the field. The best one is the nearest to it. Each keeps its row: only typing replaces a
// row that the pointer is on, or that the keys have reached.

const SAY_AGAIN_MS = 2_000;
const PAUSE_MS = 700;

// The list of the company is where replies come from anyway: only another source is named.
const SOURCES = { custom: "Mine", organic: "Your own words", company: "Often said here" };
export const sourceLabel = (source) => SOURCES[source] ?? "";

const NONE = { id: "", text: "", replies: [] };

export class Replies {
  #drawer;
  #preview;
  #template;
  #editor;
  #search;
  #say;
  #shown = NONE;
  #next = null; // offers for the same text that wait until the rows are let go
  #active = -1;
  #isHovered = false;
  #dismissed = null; // the text that the agent wants none for
  #saidAt = 0;
  #saying = null;

  // `search`: the quick search, which has the field's arrow keys while it is open. `say(text)` tells screen readers.
  constructor(root, template, editor, search, say) {
    this.#drawer = root.querySelector("[data-drawer]");
    this.#preview = root.querySelector("[data-reply-preview]");
    this.#template = template;
    this.#editor = editor;
    this.#search = search;
    this.#say = say;
    const drawer = this.#drawer;
    // The field keeps the focus while something is pressed.
    drawer.addEventListener("mousedown", (event) => event.preventDefault());
    drawer.addEventListener("click", (event) => this.#pressed(event));
    drawer.addEventListener("focus", () => this.setActive(Math.max(0, this.#active)));
    drawer.addEventListener("blur", () => this.setActive(-1));
    drawer.addEventListener("keydown", (event) => this.#keyOnDrawer(event));
    drawer.addEventListener("pointerover", (event) => this.#hovered(event));
    drawer.addEventListener("pointerleave", () => this.#left());
  }

  get #hasFocus() {
    return document.activeElement === this.#drawer;
  }

  // Those on screen, the best first.
  get all() {
    return this.#dismissed === null ? this.#shown.replies : [];
  }

  // `offer`: its id, the text that it is for, and its replies.
  offer(offer) {
    const isUsed = this.#isHovered || this.#active >= 0 || this.#hasFocus;
    if (isUsed && this.all.length && offer.text === this.#shown.text) this.#next = offer;
    else this.#show(offer);
  }

  // There is another text, or another conversation.
  forget() {
    this.#show(NONE);
    this.#dismissed = null;
    clearTimeout(this.#saying);
  }

  // The agent writes on: what waited is old, and what was sent away may come again.
  typed(text) {
    this.#next = null;
    if (this.#dismissed === null || this.#dismissed === text) return;
    this.#dismissed = null;
    this.#draw();
  }

  // No replies for this text.
  dismiss(text) {
    if (!this.all.length) return;
    this.#dismissed = text;
    this.#draw();
  }

  // Put the reply with this index, 0 for the best, in the place of what is written.
  choose(index) {
    const reply = this.all[index];
    const { state, isLocked } = this.#editor;
    if (!reply || !state || isLocked) return;
    const { id } = this.#shown;
    this.#editor.whenFree(() => this.#insert(reply, index, id));
  }

  #insert(reply, index, id) {
    const before = this.#editor.state.text;
    if (before === reply.text) return; // pressed twice: it is there
    if (!this.#editor.replace(0, before.length, reply.text, "suggestion")) return;
    this.#editor.state.usage.suggestionChosen(id, index + 1, reply.text, before);
    this.setActive(-1);
  }

  setActive(index) {
    this.#active = index;
    const options = [...this.#drawer.children];
    for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === index));
    const chosen = options[index];
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (chosen && this.#hasFocus) this.#drawer.setAttribute("aria-activedescendant", chosen.id);
    else this.#drawer.removeAttribute("aria-activedescendant");
    this.#showWhole(chosen);
    if (!this.#hasFocus && !this.#search.isOpen) this.#editor.expand(chosen ? this.#drawer.id : "", chosen?.id ?? "");
    this.#letGo();
  }

  // A key in the field. Returns true where it was for the replies.
  handleKey(event) {
    if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-3]$/.test(event.code)) {
      this.choose(Number(event.code.at(-1)) - 1);
      return true;
    }
    if (this.#search.isOpen) return false;
    const count = this.all.length;
    if (this.#active < 0) {
      if (event.key !== "ArrowUp" || this.#editor.state.text || !count) return false;
      this.setActive(0);
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this.setActive(Math.min(this.#active + (event.key === "ArrowUp" ? 1 : -1), count - 1));
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.choose(this.#active);
    } else {
      this.setActive(-1);
      return event.key === "Escape";
    }
    return true;
  }

  // The focus is in the replies themselves: the Tab key leads there too.
  #keyOnDrawer(event) {
    const count = this.#drawer.childElementCount;
    const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (step) {
      this.setActive((this.#active + step + count) % count);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this.#active);
      this.#editor.focus();
    } else if (event.key === "Escape") {
      this.#editor.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  #pressed(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    this.choose(Number(option.dataset.index));
    this.#editor.focus();
  }

  // A finger does not hover.
  #hovered(event) {
    if (event.pointerType === "touch") return;
    this.#isHovered = true;
    this.#showWhole(event.target.closest("[role=option]"));
  }

  #left() {
    this.#isHovered = false;
    this.#showWhole(this.#drawer.children[this.#active]);
    this.#letGo();
  }

  // The rows are free: what waited takes their place.
  #letGo() {
    if (!this.#next || this.#isHovered || this.#active >= 0 || this.#hasFocus) return;
    this.#show(this.#next);
  }

  #show(offer) {
    this.#next = null;
    this.#shown = offer;
    if (offer !== NONE) this.#editor.state.usage.answered(offer.id, offer.replies.length > 0);
    this.#draw();
  }

  #draw() {
    const options = this.all.map((reply, index) => {
      const option = this.#template.content.firstElementChild.cloneNode(true);
      option.id = `reply-${index}`;
      option.dataset.index = index;
      option.querySelector("[data-key]").textContent = `Alt ${index + 1}`;
      option.querySelector("[data-title]").textContent = reply.title;
      option.querySelector("[data-text]").textContent = reply.text;
      option.querySelector("[data-source]").textContent = sourceLabel(reply.source);
      return option;
    });
    this.#drawer.replaceChildren(...options);
    this.#drawer.tabIndex = options.length ? 0 : -1;
    this.setActive(this.#hasFocus && options.length ? Math.max(0, Math.min(this.#active, options.length - 1)) : -1);
  }

  // All the words of a row whose line is too short for them, above the rows.
  #showWhole(option) {
    const words = option?.querySelector("[data-words]");
    const isCut = Boolean(words) && words.scrollWidth > words.clientWidth;
    this.#preview.hidden = !isCut;
    if (!isCut) return;
    this.#preview.querySelector("[data-title]").textContent = option.querySelector("[data-title]").textContent;
    this.#preview.querySelector("[data-text]").textContent = option.querySelector("[data-text]").textContent;
  }

  // Tell screen readers what is offered when the agent pauses, and at most once in two seconds. `words()`: the gray words
  // at the caret, or "".
  announceSoon(words) {
    clearTimeout(this.#saying);
    if (!this.all.length && !words()) return;
    const wait = Math.max(PAUSE_MS, SAY_AGAIN_MS - (performance.now() - this.#saidAt));
    this.#saying = setTimeout(() => {
      this.#saidAt = performance.now();
      this.#say(offersLabel(this.all, words()));
    }, wait);
  }
}

// What screen readers say about these replies and the gray words.
export function offersLabel(replies, words) {
  const [best] = replies;
  const parts = [];
  if (best) {
    const first = (best.title || best.text).replace(/[.!?]$/, "");
    parts.push(`${replies.length} ${replies.length === 1 ? "reply" : "replies"}. First: ${first}. Alt 1 inserts it.`);
  }
  if (words) parts.push(`Tab adds: ${words}`);
  return parts.join(" ");
}
