// The field of the chat page: its words, how many may follow, its draft, and what the agent sees of the typing.

import { isVisible } from "#lib/text.js";
import { TabDrafts } from "#chat/drafts.js";
import { TypingReports } from "#chat/outgoing.js";

const LONGEST_TEXT = 4_000;
const TELL_LEFT_FROM = 3_600;
const TOUCH = matchMedia("(pointer: coarse) and (hover: none)");

export class Field {
  #part;
  #text;
  #hooks;
  #drafts;
  #typing;
  #restored = ""; // what stood in the field when this page was opened

  // `hooks`: add(text) puts a message into the outbox and may throw; sent(); tell(text) to the agent as it is typed;
  // isOver(): nothing more is written here; announce(words).
  constructor(root, owner, hooks) {
    this.#part = (name) => root.querySelector(`[data-${name}]`);
    this.#text = this.#part("text");
    this.#hooks = hooks;
    this.#drafts = new TabDrafts(owner);
    this.#typing = new TypingReports(() => {
      const words = this.#words.slice(-LONGEST_TEXT);
      if (words) hooks.tell(words);
    });
    this.#listen();
  }

  #listen() {
    this.#part("send").type = "submit";
    this.#part("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      // A phone has no Shift+Enter: there Enter makes the new line, and the button sends.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || TOUCH.matches)
        return;
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => {
      this.#changed();
      if (!this.#hooks.isOver()) this.#typing.typed();
    });
    this.#drafts.addEventListener("found", ({ detail }) => {
      if (this.#text.value) return this.#drafts.set(this.#text.value);
      this.#text.value = detail;
      this.#fit();
    });
    this.#drafts.addEventListener("double", () => {
      if (this.#text.value === this.#restored) this.#text.value = "";
      this.#changed();
    });
  }

  // Write in this conversation: with the words of before a reload, or of a tab that was closed.
  open(conversation) {
    this.#restore(this.#drafts.open(conversation));
  }

  // Another conversation has begun: the words in the field go on there.
  moveTo(conversation) {
    this.#restore(this.#drafts.open(conversation, this.#text.value));
  }

  // Forget the drafts of conversations that have ended.
  tidy() {
    this.#drafts.tidy();
  }

  // Add words to those in the field.
  append(words) {
    this.#text.value = this.#text.value ? `${this.#text.value}\n${words}` : words;
    this.#changed();
    this.focus();
  }

  focus() {
    this.#text.focus();
  }

  #restore(words) {
    this.#restored = words;
    this.#text.value = words;
    this.#fit();
  }

  // The words without what no database takes: U+0000 and halves of characters.
  get #words() {
    const words = this.#text.value.replaceAll("\0", "");
    return (words.toWellFormed?.() ?? words).trim();
  }

  #send() {
    const words = this.#words;
    if (!isVisible(words) || words.length > LONGEST_TEXT) return;
    this.#typing.stop();
    try {
      this.#hooks.add(words);
    } catch (error) {
      console.error(error);
      this.#tellNotKept();
      return;
    }
    this.#text.value = "";
    this.#changed();
    this.#hooks.sent();
    this.focus();
  }

  // The message is not in the outbox: its words stay in the field.
  #tellNotKept() {
    const left = this.#part("left");
    left.textContent = "Not sent. Your words are still here: please try again.";
    left.hidden = false;
    this.#part("hint").hidden = true;
    this.#hooks.announce(left.textContent);
  }

  #changed() {
    this.#drafts.set(this.#text.value);
    this.#fit();
  }

  #fit() {
    const words = this.#words;
    const { length } = words;
    this.#part("send").disabled = !isVisible(words) || length > LONGEST_TEXT;
    const left = this.#part("left");
    left.hidden = length < TELL_LEFT_FROM;
    this.#part("hint").hidden = !left.hidden;
    const over = length - LONGEST_TEXT;
    left.textContent = over > 0 ? `${over} letters too many` : `${-over} letters left`;
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
