// What stands behind the text of the field: marks under words, and the gray words that would finish the phrase.

// Fewer characters are typed faster than they are read, unless they are a word of their own.
const LEAST_SAVED = 6;
const END_OF_WORD = /^[\p{L}\p{N}'’]+/u;
const WORD = /[\p{L}\p{N}]/u;

// Does `rest` save enough of the typing after `text`: a whole word, or six characters?
function isWorthIt(text, rest) {
  const words = WORD.test(text.at(-1) ?? "") ? rest.replace(END_OF_WORD, "") : rest;
  return WORD.test(words) || [...rest.trim()].length >= LEAST_SAVED;
}

export class Ghost {
  #mirror;
  #hint;
  #phrase = "";
  #id = "";

  constructor(root) {
    this.#mirror = root.querySelector("[data-mirror]");
    this.#hint = root.querySelector("[data-ghost-hint]");
  }

  // The offer of the server: `phrase` is the whole text as it would be.
  offer(phrase, id) {
    this.#phrase = phrase;
    this.#id = id;
  }

  // The agent writes something else, or wants none.
  drop() {
    this.#phrase = "";
  }

  // The text is this one now: what does not begin with it is no phrase of it.
  follow(text) {
    if (!this.#phrase.startsWith(text)) this.#phrase = "";
  }

  get phrase() {
    return this.#phrase;
  }

  get id() {
    return this.#id;
  }

  // The gray words at the caret, or "".
  words({ text, start, end } = {}) {
    if (!text || start !== end || end !== text.length || !this.#phrase.startsWith(text)) return "";
    const rest = this.#phrase.slice(text.length);
    return isWorthIt(text, rest) ? rest : "";
  }

  // `isOff`: none are to be seen now.
  show(writing, isOff) {
    const words = isOff ? "" : this.words(writing);
    const ghost = this.#mirror.querySelector("[data-ghost]");
    if (ghost) ghost.textContent = words;
    this.#hint.hidden = !words;
    if (words) writing.usage.phraseShown(this.#phrase);
  }

  // The text with its marks, in the same lines as the field.
  draw({ text, corrections, blocked }) {
    const marks = [
      ...corrections.map((one) => ({ from: one.start, to: one.start + one.right.length, name: "corrected" })),
      ...blocked.map(([from, to]) => ({ from, to, name: "blocked" })),
    ].sort((a, b) => a.from - b.from);
    const parts = [];
    let place = 0;
    for (const { from, to, name } of marks) {
      if (from < place) continue;
      const mark = document.createElement("mark");
      mark.className = `composer__${name}`;
      mark.textContent = text.slice(from, to);
      parts.push(text.slice(place, from), mark);
      place = to;
    }
    const ghost = document.createElement("span");
    ghost.className = "composer__ghost";
    ghost.dataset.ghost = "";
    // A last empty line has a height only if something stands in it.
    this.#mirror.replaceChildren(...parts, text.slice(place), ghost, "\u200b");
  }

  scrollTo(top) {
    this.#mirror.scrollTop = top;
  }
}
