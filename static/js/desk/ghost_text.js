// What stands behind the text of the field: the gray words that would finish the phrase, and marks under words.

// An agent types fewer characters faster than they are read, unless they are a word of their own.
const MIN_SAVED = 6;
const END_OF_WORD = /^[\p{L}\p{N}'’]+/u;
const WORD = /[\p{L}\p{N}]/u;

// Does `rest` save enough of the typing after `text`: a whole word, or six characters?
export function isWorthIt(text, rest) {
  const words = WORD.test(text.at(-1) ?? "") ? rest.replace(END_OF_WORD, "") : rest;
  return WORD.test(words) || [...rest.trim()].length >= MIN_SAVED;
}

// The positions of the marks behind a text, in order and without overlaps: {from, to, name}.
export function marksOf({ corrections, blocked }) {
  const marks = [
    ...corrections.map((one) => ({ from: one.start, to: one.start + one.right.length, name: "corrected" })),
    ...blocked.map(([from, to]) => ({ from, to, name: "blocked" })),
  ].sort((a, b) => a.from - b.from);
  let end = 0;
  return marks.filter(({ from, to }) => {
    if (from < end) return false;
    end = to;
    return true;
  });
}

export class GhostText {
  #mirror;
  #hint;
  #editor;
  #search;
  #phrase = ""; // the whole text as it would be
  #id = "";

  constructor(root, editor, search) {
    this.#mirror = root.querySelector("[data-mirror]");
    this.#hint = root.querySelector("[data-ghost-hint]");
    this.#editor = editor;
    this.#search = search;
    editor.field.addEventListener("scroll", () => this.#scroll(), { passive: true });
  }

  // The server offers to finish the text to `phrase`.
  offer(phrase, id) {
    this.#phrase = phrase;
    this.#id = id;
  }

  // The agent writes something else, or wants no words.
  drop() {
    this.#phrase = "";
  }

  // The text has changed: a phrase that does not begin with it is none of it.
  follow(text) {
    if (!this.#phrase.startsWith(text)) this.#phrase = "";
  }

  // The gray words at the caret, or "".
  get words() {
    const { text, start, end } = this.#editor.state ?? {};
    if (!text || start !== end || end !== text.length || !this.#phrase.startsWith(text)) return "";
    const rest = this.#phrase.slice(text.length);
    return isWorthIt(text, rest) ? rest : "";
  }

  // A key in the field. Returns true where it was for the gray words.
  handleKey(event) {
    const words = this.#search.isOpen ? "" : this.words;
    if (!words) return false;
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if ((event.ctrlKey || event.altKey) && event.key === "ArrowRight") {
      this.#accept(words.match(/^\s*\S+/)?.[0] ?? words);
    } else if (isPlain && (event.key === "Tab" || event.key === "ArrowRight")) {
      this.#accept(words);
    } else if (event.key === "Escape") {
      this.drop();
      this.draw();
    } else {
      return false;
    }
    return true;
  }

  #accept(words) {
    const phrase = this.#phrase;
    const { length } = this.#editor.state.text;
    if (!this.#editor.replace(length, length, words, "phrase")) return;
    const { text, usage } = this.#editor.state;
    usage.phraseAccepted(this.#id, text !== phrase);
    if (phrase.startsWith(text)) this.#phrase = phrase;
    this.draw();
  }

  // Show the gray words, where the caret is at their place.
  show() {
    const words = this.#search.isOpen ? "" : this.words;
    const ghost = this.#mirror.querySelector("[data-ghost]");
    if (ghost) ghost.textContent = words;
    this.#hint.hidden = !words;
    if (words) this.#editor.state.usage.phraseShown(this.#phrase);
  }

  // Draw the text with its marks and the gray words, in the same lines as the field.
  draw() {
    const { text } = this.#editor.state;
    const parts = [];
    let position = 0;
    for (const { from, to, name } of marksOf(this.#editor.state)) {
      const mark = document.createElement("mark");
      mark.className = `composer__${name}`;
      mark.textContent = text.slice(from, to);
      parts.push(text.slice(position, from), mark);
      position = to;
    }
    const ghost = document.createElement("span");
    ghost.className = "composer__ghost";
    ghost.dataset.ghost = "";
    // A last empty line has a height only if something stands in it.
    this.#mirror.replaceChildren(...parts, text.slice(position), ghost, "\u200b");
    this.#scroll();
    this.show();
  }

  #scroll() {
    this.#mirror.scrollTop = this.#editor.field.scrollTop;
  }
}
