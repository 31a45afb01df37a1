// Misspelled words that became right by themselves, and what the agent thinks of it: a correction that is taken back is
// not made again, which is said and can be undone.

import { units } from "#lib/text.js";

const SAID_FOR_MS = 10_000;

export class Corrections {
  #line;
  #what;
  #button;
  #hooks;
  #last = null;
  #learned = "";
  #hiding = null;

  // `hooks`: writing(), change(text, start, end, kind, correction), mayCorrect(word), never(word), again(word),
  // announce(text), focus().
  constructor(root, hooks) {
    this.#line = root.querySelector("[data-corrected]");
    this.#what = this.#line.querySelector("[data-what]");
    this.#button = this.#line.querySelector("button");
    this.#hooks = hooks;
    this.#line.addEventListener("mousedown", (event) => event.preventDefault());
    this.#button.addEventListener("click", () => this.#pressed());
  }

  // What the server found. By now the text may be another one: only the very word is corrected, once it is complete.
  apply({ id, misspelled, corrected, position }) {
    const { text, start, end } = this.#hooks.writing();
    const from = units(text, position);
    const to = from + misspelled.length;
    if (text.slice(from, to) !== misspelled || /[\p{L}\p{N}]/u.test(text[to] ?? "x")) return;
    if (!this.#hooks.mayCorrect(misspelled)) return;
    const shift = corrected.length - misspelled.length;
    const at = (place) => (place >= to ? place + shift : Math.min(place, from + corrected.length));
    const correction = { id, start: from, wrong: misspelled, right: corrected };
    this.#hooks.change(text.slice(0, from) + corrected + text.slice(to), at(start), at(end), "correct", correction);
    this.#last = correction;
    this.#say(`“${misspelled}” is now “${corrected}”`, "Ctrl Z");
    this.#hooks.announce(`${misspelled} corrected to ${corrected}. Control Z takes it back.`);
  }

  // The agent goes on: what was corrected last is nothing that the next key takes back. What was learned stays said.
  hide() {
    this.#last = null;
    if (!this.#learned) this.#line.hidden = true;
  }

  // There is another text, or another conversation.
  forget() {
    this.#learned = "";
    this.hide();
  }

  // A step of the history was taken back, or made again. Only who takes back what was just corrected means the word: a
  // way back through all that was written says nothing about it.
  rewound({ gone, back }) {
    const { usage } = this.#hooks.writing();
    const isMeant = gone && this.#last?.id === gone.id;
    this.hide();
    if (gone) usage.correctionUndone(gone);
    if (back) usage.corrected(back);
    if (isMeant) this.#learn(gone.wrong);
  }

  // Backspace right after a correction. True: it was for that.
  backspace() {
    const last = this.#last;
    const { start, end } = this.#hooks.writing();
    if (!last || start !== end || start !== last.start + last.right.length + 1) return false;
    this.takeBack(last);
    return true;
  }

  takeBack(correction) {
    if (!correction) return;
    const { text, start } = this.#hooks.writing();
    const { wrong, right, start: from } = correction;
    const caret = start >= from + right.length ? start + wrong.length - right.length : start;
    const whole = text.slice(0, from) + wrong + text.slice(from + right.length);
    this.hide();
    this.#hooks.change(whole, caret, caret, "uncorrect", correction);
    this.#learn(wrong);
    this.#hooks.focus();
  }

  #learn(word) {
    this.#hooks.never(word);
    this.#learned = word;
    this.#say(`“${word}” will not be corrected again.`, "");
    this.#hooks.announce(`${word} will not be corrected again. The button Undo below the field takes that back.`);
    this.#hiding = setTimeout(() => this.forget(), SAID_FOR_MS);
  }

  #say(text, keys) {
    clearTimeout(this.#hiding);
    if (keys) this.#learned = "";
    this.#what.textContent = text;
    this.#button.querySelector("kbd").textContent = keys;
    this.#button.querySelector("kbd").hidden = !keys;
    this.#line.hidden = false;
  }

  #pressed() {
    if (!this.#learned) return this.takeBack(this.#last);
    this.#hooks.again(this.#learned);
    this.#hooks.announce(`${this.#learned} is corrected again from now on.`);
    this.forget();
    this.#hooks.focus();
  }
}
