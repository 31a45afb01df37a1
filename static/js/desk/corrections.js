// Misspelled words become right by themselves. A correction that the agent undoes is not made again: the desk says so,
// and the agent can take that back.

import { units } from "#lib/text.js";

const SAID_FOR_MS = 10_000;

// The agent's words that are never corrected. A word that the agent has just kept holds at once: the server may be slow
// to learn it, or away.
export class Dictionary {
  #words = new Set();
  #kept = new Map(); // words whose correction was undone here, and whether the server has stored them
  #send;

  // `send(frame)`: to the server.
  constructor(send) {
    this.#send = send;
  }

  // All words that the server has, sorted.
  get words() {
    return [...this.#words].sort();
  }

  has(word) {
    return this.#words.has(word.toLowerCase()) || this.#kept.has(word.toLowerCase());
  }

  // The words as the server has them.
  set(words) {
    this.#words = new Set(words);
  }

  keep(word) {
    this.#kept.set(word.toLowerCase(), false);
    this.add(word);
  }

  // The agent wants this word corrected after all.
  correctAgain(word) {
    this.#forget(word);
    this.remove(word);
  }

  add(word) {
    this.#send({ t: "word", word, do: "add" });
  }

  remove(word) {
    this.#send({ t: "word", word, do: "remove" });
  }

  // The line is back: send the words again that the server has not stored.
  resend() {
    for (const [word, isStored] of this.#kept) if (!isStored) this.add(word);
  }

  // The server's answer. Returns false where the dictionary is full.
  answered({ word, do: what, kept: isKept }) {
    const key = word.toLowerCase();
    if (this.#kept.has(key)) this.#kept.set(key, true);
    if (what === "remove") this.#forget(word);
    else if (isKept) this.#words.add(key);
    return what === "remove" || isKept;
  }

  #forget(word) {
    this.#kept.delete(word.toLowerCase());
    this.#words.delete(word.toLowerCase());
  }
}

export class Corrections {
  #hint;
  #what;
  #button;
  #editor;
  #dictionary;
  #say;
  #last = null; // the correction that the next key may undo
  #learned = "";
  #hiding = null;

  // `say(text)` tells screen readers.
  constructor(root, editor, dictionary, say) {
    this.#hint = root.querySelector("[data-corrected]");
    this.#what = this.#hint.querySelector("[data-what]");
    this.#button = this.#hint.querySelector("button");
    this.#editor = editor;
    this.#dictionary = dictionary;
    this.#say = say;
    this.#hint.addEventListener("mousedown", (event) => event.preventDefault());
    this.#button.addEventListener("click", () => this.#pressed());
  }

  // Make the correction of the server. The text may have changed since: only the very word, and only once it is complete.
  apply({ id, misspelled, corrected, position }) {
    const { text, start, end } = this.#editor.state;
    const from = units(text, position);
    const to = from + misspelled.length;
    if (text.slice(from, to) !== misspelled || /[\p{L}\p{N}]/u.test(text[to] ?? "x")) return;
    if (this.#dictionary.has(misspelled)) return;
    const shift = corrected.length - misspelled.length;
    const moved = (position) => (position >= to ? position + shift : Math.min(position, from + corrected.length));
    const correction = { id, start: from, wrong: misspelled, right: corrected };
    const whole = text.slice(0, from) + corrected + text.slice(to);
    this.#editor.state.usage.corrected(correction);
    this.#editor.rewrite(whole, moved(start), moved(end), "correct", correction);
    this.#last = correction;
    this.#show(`“${misspelled}” is now “${corrected}”`, "Ctrl Z");
    this.#say(`${misspelled} corrected to ${corrected}. Control Z takes it back.`);
  }

  // The agent goes on: the next key undoes no correction. What was learned stays on screen.
  hide() {
    this.#last = null;
    if (!this.#learned) this.#hint.hidden = true;
  }

  // There is another text, or another conversation.
  forget() {
    this.#learned = "";
    this.hide();
  }

  // A step of the history was undone, or done again. An agent who undoes the last correction means the word; a way back
  // through all that was written says nothing about it.
  rewound({ gone, back }) {
    const { usage } = this.#editor.state;
    const isMeant = gone && this.#last?.id === gone.id;
    this.hide();
    if (gone) usage.correctionUndone(gone);
    if (back) usage.corrected(back);
    if (isMeant) this.#learn(gone.wrong);
  }

  // A key in the field. Backspace right after a correction undoes it; returns true where it did.
  handleKey(event) {
    const last = this.#last;
    const { start, end } = this.#editor.state;
    if (event.key !== "Backspace" || !last || start !== end || start !== last.start + last.right.length + 1)
      return false;
    this.takeBack(last);
    return true;
  }

  takeBack(correction) {
    if (!correction) return;
    const { text, start } = this.#editor.state;
    const { wrong, right, start: from } = correction;
    const caret = start >= from + right.length ? start + wrong.length - right.length : start;
    const whole = text.slice(0, from) + wrong + text.slice(from + right.length);
    this.hide();
    this.#editor.state.usage.correctionUndone(correction);
    this.#editor.rewrite(whole, caret, caret, "uncorrect", null);
    this.#learn(wrong);
    this.#editor.focus();
  }

  #learn(word) {
    this.#dictionary.keep(word);
    this.#learned = word;
    this.#show(`“${word}” will not be corrected again.`, "");
    this.#say(`${word} will not be corrected again. The button Undo below the field takes that back.`);
    this.#hiding = setTimeout(() => this.forget(), SAID_FOR_MS);
  }

  #show(text, keys) {
    clearTimeout(this.#hiding);
    if (keys) this.#learned = "";
    this.#what.textContent = text;
    this.#button.querySelector("kbd").textContent = keys;
    this.#button.querySelector("kbd").hidden = !keys;
    this.#hint.hidden = false;
  }

  #pressed() {
    if (!this.#learned) return this.takeBack(this.#last);
    this.#dictionary.correctAgain(this.#learned);
    this.#say(`${this.#learned} is corrected again from now on.`);
    this.forget();
    this.#editor.focus();
  }
}
