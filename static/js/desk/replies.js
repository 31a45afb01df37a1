// The suggested replies above the field. The best one is the nearest to it, and each keeps its row: what the pointer is
// on, or the keys have reached, is replaced only by typing.

// The list of the company is where replies come from anyway: only another source is named.
export const SOURCES = { custom: "Mine", organic: "Your own words", company: "Often said here" };

const NONE = { id: "", text: "", replies: [] };

export class Replies {
  #drawer;
  #preview;
  #template;
  #hooks;
  #shown = NONE;
  #next = null; // offers for the same text that wait until the rows are let go
  #active = -1;
  #isHovered = false;
  #dismissed = null; // the text that the agent wants none for

  // `hooks`: take(index), leave(), active(id of the chosen row or ""), shown(offer).
  constructor(root, template, hooks) {
    this.#drawer = root.querySelector("[data-drawer]");
    this.#preview = root.querySelector("[data-reply-preview]");
    this.#template = template;
    this.#hooks = hooks;
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

  get id() {
    return this.#drawer.id;
  }

  get hasFocus() {
    return document.activeElement === this.#drawer;
  }

  get offerId() {
    return this.#shown.id;
  }

  // Those on screen, the best first.
  get all() {
    return this.#dismissed === null ? this.#shown.replies : [];
  }

  // `offer`: its id, the text that it is for, and its replies.
  offer(offer) {
    const isUsed = this.#isHovered || this.#active >= 0 || this.hasFocus;
    if (isUsed && this.all.length && offer.text === this.#shown.text) this.#next = offer;
    else this.#show(offer);
  }

  // There is another text, or another conversation.
  forget() {
    this.#show(NONE);
    this.#dismissed = null;
  }

  // The agent writes on: what waited is old, and what was sent away may come again.
  typed(text) {
    this.#next = null;
    if (this.#dismissed === null || this.#dismissed === text) return;
    this.#dismissed = null;
    this.#draw();
  }

  // No replies for this text. False: there are none anyway.
  dismiss(text) {
    if (!this.all.length) return false;
    this.#dismissed = text;
    this.#draw();
    return true;
  }

  setActive(index) {
    this.#active = index;
    const options = [...this.#drawer.children];
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const chosen = options[index];
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (chosen && this.hasFocus) this.#drawer.setAttribute("aria-activedescendant", chosen.id);
    else this.#drawer.removeAttribute("aria-activedescendant");
    this.#showWhole(chosen);
    if (!this.hasFocus) this.#hooks.active(chosen?.id ?? "");
    this.#letGo();
  }

  // A key in the field. True: it was for the replies.
  key(event, isEmpty) {
    const count = this.all.length;
    if (this.#active < 0) {
      if (event.key !== "ArrowUp" || !isEmpty || !count) return false;
      this.setActive(0);
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this.setActive(Math.min(this.#active + (event.key === "ArrowUp" ? 1 : -1), count - 1));
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.#hooks.take(this.#active);
    } else if (event.key === "Escape") {
      this.setActive(-1);
    } else {
      this.setActive(-1);
      return false;
    }
    event.preventDefault();
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
      this.#hooks.take(this.#active);
      this.#hooks.leave();
    } else if (event.key === "Escape") {
      this.#hooks.leave();
    } else {
      return;
    }
    event.preventDefault();
  }

  #pressed(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    this.#hooks.take(Number(option.dataset.index));
    this.#hooks.leave();
  }

  // A finger does not hover: where it was is no place of a pointer.
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
    if (!this.#next || this.#isHovered || this.#active >= 0 || this.hasFocus) return;
    this.#show(this.#next);
  }

  #show(offer) {
    this.#next = null;
    this.#shown = offer;
    if (offer !== NONE) this.#hooks.shown(offer);
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
      option.querySelector("[data-source]").textContent = SOURCES[reply.source] ?? "";
      return option;
    });
    this.#drawer.replaceChildren(...options);
    this.#drawer.tabIndex = options.length ? 0 : -1;
    this.setActive(this.hasFocus && options.length ? Math.max(0, Math.min(this.#active, options.length - 1)) : -1);
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
}
