// The palette (Ctrl+K): every action of the desk by name, the agent's responses and past customers. Loaded when first asked
// for.

import { actions, fromServer, plain } from "#desk/palette_actions.js";

const FIND_AFTER_MS = 120;
const MIN_LETTERS = 2;

// Those that have each word, in any order; first those that begin with what is typed, then those whose words do.
export function matching(all, words) {
  const score = ({ words: text }) =>
    words.filter((word) => ` ${text}`.includes(` ${word}`)).length + Number(text.startsWith(words.join(" ")));
  return all
    .filter((one) => words.every((word) => one.words.includes(word)))
    .sort((one, other) => score(other) - score(one));
}

class Palette {
  #desk;
  #dialog = document.querySelector("[data-palette-dialog]");
  #field = this.#dialog.querySelector("input");
  #list = this.#dialog.querySelector("ul");
  #none = this.#dialog.querySelector("[data-nothing-found]");
  #all;
  #found = []; // by the server
  #shown = [];
  #active = 0;
  #asked = 0;
  #asking = null;

  constructor(desk) {
    this.#desk = desk;
    this.#all = actions(desk);
    this.#field.oninput = () => this.#typed();
    this.#field.onkeydown = (event) => this.#key(event);
    this.#typed();
  }

  #typed() {
    this.#active = 0;
    this.#found = [];
    this.#asked += 1;
    clearTimeout(this.#asking);
    const term = this.#field.value.trim();
    const asks = term.length >= MIN_LETTERS;
    if (asks) this.#asking = setTimeout(() => this.#ask(term, this.#asked), FIND_AFTER_MS);
    this.#draw(asks);
  }

  async #ask(term, asked) {
    const found = await fromServer(this.#desk, this.#dialog.dataset.find, term);
    if (asked !== this.#asked || !this.#dialog.open) return;
    this.#found = found;
    this.#draw(false);
  }

  #key(event) {
    if (event.isComposing) return;
    const count = this.#shown.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#active = (this.#active + (event.key === "ArrowDown" ? 1 : count - 1)) % Math.max(1, count);
      this.#draw();
    } else if (event.key === "Enter") this.#run(this.#shown[this.#active]);
    else return;
    event.preventDefault();
  }

  #run(one) {
    this.#dialog.close();
    one?.run();
  }

  // `waits`: the server has not answered yet.
  #draw(waits = !this.#none.textContent && !this.#shown.length) {
    const words = plain(this.#field.value).split(" ").filter(Boolean);
    this.#shown = [...matching(this.#all, words), ...this.#found];
    this.#active = Math.max(0, Math.min(this.#active, this.#shown.length - 1));
    this.#list.replaceChildren(...this.#shown.map((one, index) => this.#row(one, index)));
    this.#none.textContent = this.#shown.length || waits ? "" : `Nothing found for “${this.#field.value.trim()}”.`;
    if (this.#shown.length) this.#field.setAttribute("aria-activedescendant", `action-${this.#active}`);
    else this.#field.removeAttribute("aria-activedescendant");
    this.#list.children[this.#active]?.scrollIntoView({ block: "nearest" });
  }

  #row(one, index) {
    const row = document.createElement("li");
    row.id = `action-${index}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(index === this.#active));
    row.append(this.#part("palette__name", one.name));
    if (one.detail) row.append(this.#part("palette__detail", one.detail));
    if (one.keys) row.append(Object.assign(document.createElement("kbd"), { textContent: one.keys }));
    row.onclick = () => this.#run(one);
    return row;
  }

  #part(name, text) {
    return Object.assign(document.createElement("span"), { className: name, textContent: text, dir: "auto" });
  }
}

export function openPalette(desk) {
  new Palette(desk);
}
