// The search for a response that a slash begins: the responses found stand above the field, and go in at the slash.
//
// A slash is also a character of plain sentences. The search ends where the term holds a space and nothing that was found
// begins with it. It does not begin at a pasted slash. With nothing found Enter sends the message.

import { sourceLabel } from "#desk/replies.js";

const SLASH = /(^|\s)\/([^\s/][^/\n]{0,60}|)$/;
const ANSWER_TIMEOUT_MS = 1_500;

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

// Do the first words of the title or the text begin as those of the term?
export function begins({ title, text }, term) {
  const asked = wordsOf(term);
  return [title, text].some((one) => {
    const words = wordsOf(one);
    return asked.every((word, index) => words[index]?.startsWith(word));
  });
}

// The slash and the term before the caret: {from, term}, or null.
export function slashBefore(text, caret) {
  const asked = SLASH.exec(text.slice(0, caret));
  return asked && { from: caret - asked[2].length - 1, term: asked[2] };
}

const isSame = (one, other) => one.source === other.source && one.title === other.title && one.text === other.text;

export class QuickSearch {
  #popup;
  #none;
  #template;
  #editor;
  #hooks;
  #now = null; // the search that is open
  #asked = 0;
  #over = null; // the slash whose search is over, while the term begins like this

  // `hooks`: ask(term, n), send(), isSendKey(event).
  constructor(root, template, editor, hooks) {
    this.#popup = root.querySelector("[data-popup]");
    this.#none = root.querySelector("[data-none]");
    this.#template = template;
    this.#editor = editor;
    this.#hooks = hooks;
    this.#popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.#popup.addEventListener("click", (event) => this.#pressed(event));
  }

  get isOpen() {
    return Boolean(this.#now);
  }

  // Search where a slash and a term stand before the caret; else close.
  updateSearch(text, caret) {
    const asked = slashBefore(text, caret);
    const { from, term } = asked ?? { from: -1, term: "" };
    if (this.#over && (from !== this.#over.from || !term.startsWith(this.#over.term))) this.#over = null;
    if (!asked || this.#over) {
      this.close();
      return;
    }
    this.#asked += 1;
    const { rows = [], active = 0, isChosen = false } = this.#now ?? {};
    this.#now = { term, from, to: caret, rows, active, isChosen, isAnswered: false, wanted: "", note: "" };
    this.#hooks.ask(term, this.#asked);
    this.#show();
  }

  // What came in by other ways than typing, between these places, asks for nothing.
  ignore(text, from, to) {
    const slash = slashBefore(text, to)?.from ?? -1;
    if (slash >= from) this.#over = { from: slash, term: "" };
    this.close();
  }

  // The server's answer.
  showFound({ n, rows }) {
    if (n !== this.#asked || !this.#now) return;
    const { term, from, wanted, rows: before, active, isChosen } = this.#now;
    const first = /\s/.test(term) ? rows.findIndex((row) => begins(row, term)) : 0;
    if (first < 0) {
      this.#end(from, term);
      if (wanted === "send") this.#hooks.send();
      return;
    }
    // A row that the arrow keys have reached stays theirs, wherever it stands now.
    const kept = isChosen ? rows.findIndex((row) => isSame(row, before[active])) : -1;
    const next = kept >= 0 ? kept : first;
    Object.assign(this.#now, { rows, active: next, isChosen: kept >= 0, isAnswered: true, wanted: "" });
    this.#show();
    if (wanted && rows.length) this.#take(next);
    else if (wanted === "send") {
      this.#end(from, term);
      this.#hooks.send();
    }
  }

  // A key in the field. Returns true where it was for the search.
  handleKey(event) {
    if (!this.#now) return false;
    const { rows, active, isAnswered, from, term } = this.#now;
    const isEnter = event.key === "Enter" && !event.shiftKey;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (rows.length) {
        this.#now.active = (active + (event.key === "ArrowDown" ? 1 : rows.length - 1)) % rows.length;
        this.#now.isChosen = true;
      }
      this.#show();
    } else if (isEnter || event.key === "Tab") {
      // What is shown belongs to an older term until the answer is here.
      if (!isAnswered) this.#want(isEnter && this.#hooks.isSendKey(event) ? "send" : "insert");
      else if (rows.length) this.#take(active);
      else {
        if (isEnter) this.#end(from, term);
        return false;
      }
    } else if (event.key === "Escape") {
      this.#end(from, "");
    } else {
      return false;
    }
    event.stopPropagation();
    return true;
  }

  close() {
    if (!this.#now) return;
    this.#now = null;
    this.#popup.parentElement.hidden = true;
    this.#editor.expand("", "");
  }

  // There is another text, or another conversation.
  forget() {
    this.#over = null;
    this.close();
  }

  // The search of this slash is over while the term begins like this.
  #end(from, term) {
    this.#over = { from, term };
    this.close();
  }

  // Nobody waits for an answer for ever; words that may be a search are sent only when the agent says so again.
  #want(what) {
    const now = this.#now;
    now.wanted = what;
    setTimeout(() => {
      if (this.#now !== now || now.isAnswered) return;
      Object.assign(now, { rows: [], isAnswered: true, wanted: "", note: "The search has no answer." });
      this.#show();
    }, ANSWER_TIMEOUT_MS);
  }

  #take(index) {
    const { rows, from, to, term } = this.#now;
    this.close();
    const { source, text } = rows[index];
    if (this.#editor.replace(from, to, text, "insert")) {
      this.#editor.state.usage.responseInserted(source, "drawer", term, text);
    }
    this.#editor.focus();
  }

  #pressed(event) {
    const option = event.target.closest("[role=option]");
    if (option && this.#now) this.#take(Number(option.dataset.index));
  }

  #show() {
    const { rows, term, active, isAnswered, note } = this.#now;
    const options = rows.map((row, index) => {
      const option = this.#template.content.firstElementChild.cloneNode(true);
      option.id = `found-${index}`;
      option.dataset.index = index;
      option.setAttribute("aria-selected", String(index === active));
      option.querySelector("[data-title]").textContent = row.title || row.text;
      option.querySelector("[data-text]").textContent = row.title ? row.text : "";
      option.querySelector("[data-source]").textContent = [sourceLabel(row.source), row.folder]
        .filter(Boolean)
        .join(" · ");
      return option;
    });
    this.#popup.replaceChildren(...options);
    this.#none.hidden = rows.length > 0;
    const none = note || (term ? `No response matches “${term}”.` : "There are no responses yet.");
    this.#none.textContent = isAnswered ? `${none} Enter sends the message as it is.` : "Searching";
    this.#popup.parentElement.hidden = false;
    this.#popup.children[active]?.scrollIntoView({ block: "nearest" });
    this.#editor.expand(this.#popup.id, rows.length ? `found-${active}` : "");
  }
}
