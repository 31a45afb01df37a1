// The text field of the composer: it shows an `EditorState` and tells it what the agent types.
//
// While an input method composes, the field belongs to it: every other change waits until the words are finished.

import { difference } from "#desk/editor_state.js";
import { characters, LONGEST, units } from "#lib/text.js";

// From here on the field tells the length of the message.
const NEARLY_TOO_LONG = LONGEST - 1_000;
const COMBOBOX = ["role", "aria-autocomplete", "aria-expanded", "aria-controls", "aria-activedescendant"];

const figure = (number) => number.toLocaleString("en");

export class Editor {
  state = null;
  isLocked = false; // the conversation has left the desk: nothing is written, asked or sent
  isTooLong = false;
  #field;
  #length;
  #say;
  #hooks;
  #composition = null; // {before}: the text before the input method began
  #later = []; // steps that wait for the input method

  // `hooks`: typed(made, isPaste), replaced(text, start, end), undone(step), changed(completes), selected(), clicked().
  // `say(text)` tells screen readers.
  constructor(root, say, hooks) {
    this.#field = root.querySelector("[data-field]");
    this.#length = root.querySelector("[data-length]");
    this.#say = say;
    this.#hooks = hooks;
    const field = this.#field;
    field.addEventListener("input", (event) => this.#typed(event));
    field.addEventListener("compositionstart", () => this.#composes());
    field.addEventListener("compositionend", () => this.#hasComposed());
    field.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    field.addEventListener("click", () => this.#clicked());
    document.addEventListener("selectionchange", () => this.readSelection());
  }

  get field() {
    return this.#field;
  }

  // Does an input method have unfinished words in the field?
  get isComposing() {
    return Boolean(this.#composition);
  }

  // Go on with this state.
  open(state) {
    this.finishComposition();
    this.state = state;
    this.show();
  }

  // A locked field keeps its words, its caret and the focus.
  lock(isLocked) {
    this.isLocked = isLocked;
    this.#field.readOnly = isLocked;
    if (isLocked) this.#later = [];
  }

  focus() {
    this.#field.focus();
  }

  // Write the state into the field.
  show() {
    const { text, start, end } = this.state;
    if (this.#field.value !== text) this.#field.value = text;
    this.#field.setSelectionRange(start, end);
    this.#showLength();
  }

  // The caret may have moved a moment ago, and its event not come yet.
  readSelection() {
    if (document.activeElement !== this.#field || !this.state) return;
    this.state.select(this.#field.selectionStart, this.#field.selectionEnd);
    this.#hooks.selected();
  }

  // Replace a part of the text; one step of the history. Returns false, and says so, where the message would be too long.
  replace(start, end, text, kind) {
    const before = this.state.text;
    const whole = before.slice(0, start) + text + before.slice(end);
    const count = characters(whole);
    if (count > LONGEST && count > characters(before)) {
      this.#tell(`Not inserted: the message would have ${figure(count)} of ${figure(LONGEST)} characters.`);
      return false;
    }
    const caret = start + text.length;
    this.state.change(whole, caret, caret, kind);
    this.#hooks.replaced(whole, start, caret);
    this.#changed();
    return true;
  }

  // Make a misspelled word right, or wrong again: a step of the history that leaves the caret where it is.
  rewrite(text, start, end, kind, correction) {
    this.state.change(text, start, end, kind, correction);
    this.#changed();
  }

  undo() {
    if (!this.isLocked) this.#rewind(this.state?.undo());
  }

  redo() {
    if (!this.isLocked) this.#rewind(this.state?.redo());
  }

  #rewind(step) {
    if (!step) return;
    this.#hooks.undone(step);
    this.#changed();
  }

  #changed() {
    this.show();
    this.#hooks.changed(false);
  }

  // --- what the agent does ---------------------------------------------------------------------------------------------

  #typed({ inputType }) {
    const { value, selectionStart, selectionEnd } = this.#field;
    const isPaste = inputType === "insertFromPaste" || inputType === "insertFromDrop";
    const made = this.state.change(value, selectionStart, selectionEnd, isPaste ? "paste" : "type");
    if (!this.#composition) this.state.usage.edited(made.characters);
    this.#hooks.typed(made, isPaste);
    this.#showLength();
    this.#hooks.changed(/[^\p{L}\p{N}]$/u.test(value.slice(0, selectionStart)));
  }

  #beforeInput(event) {
    if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
    event.preventDefault();
    if (event.inputType === "historyUndo") this.undo();
    else this.redo();
  }

  #clicked() {
    // From the field itself: the browser reports the new selection only after the click.
    const { selectionStart: start, selectionEnd: end } = this.#field;
    this.state?.select(start, end);
    if (start === end && !this.isComposing && !this.isLocked) this.#hooks.clicked(start);
  }

  // --- input methods ---------------------------------------------------------------------------------------------------

  // Take the step now, or when the input method has finished its words.
  whenFree(step) {
    if (this.#composition) this.#later.push(step);
    else step();
  }

  #composes() {
    this.#composition = { before: this.#composition?.before ?? this.state?.text ?? "" };
  }

  // What an input method made of many keys counts as the characters that it has become. Some browsers report its last
  // input only after the end.
  #hasComposed() {
    const composition = this.#composition;
    setTimeout(() => {
      if (!composition || this.#composition !== composition) return;
      this.#composition = null;
      if (this.state) this.state.usage.edited(difference(composition.before, this.state.text).characters);
      for (const step of this.#later.splice(0)) step();
    });
  }

  // The agent has left these words for something else: the input method leaves them as they are.
  finishComposition() {
    if (!this.#composition) return;
    const hasFocus = document.activeElement === this.#field;
    this.#field.blur();
    this.#composition = null;
    this.#later = [];
    if (hasFocus) this.#field.focus();
  }

  // --- what the agent sees ---------------------------------------------------------------------------------------------

  // Mark and select words that may not be sent. `spans`: pairs of positions in characters, as the server counts.
  block(spans) {
    const { text } = this.state;
    this.state.blocked = spans.map(([from, to]) => [units(text, from), units(text, to)]);
    const [from, to] = this.state.blocked[0] ?? [text.length, text.length];
    this.state.select(from, to);
    this.show();
    // An agent who writes somewhere else by now goes on there.
    const active = document.activeElement;
    if (active === document.body || active.closest(".write")) this.focus();
  }

  // The length of the message, where it is near the limit.
  #showLength() {
    const count = characters(this.state.text);
    const wasTooLong = this.isTooLong;
    this.isTooLong = count > LONGEST;
    this.#length.hidden = count < NEARLY_TOO_LONG;
    this.#length.classList.toggle("composer__length--over", this.isTooLong);
    const over = this.isTooLong ? `: ${figure(count - LONGEST)} too many. Shorten it, or send it in parts` : "";
    this.#length.textContent = `${figure(count)} of ${figure(LONGEST)} characters${over}.`;
    if (this.isTooLong && !wasTooLong) this.sayLength();
  }

  sayLength() {
    this.#say(this.#length.textContent);
  }

  #tell(text) {
    this.#length.hidden = false;
    this.#length.textContent = text;
    this.#say(text);
  }

  // Be a combobox while a list is in use, else a plain field of several lines. `option`: the id of the chosen row.
  expand(list, option) {
    const field = this.#field;
    if (!list) {
      for (const name of COMBOBOX) field.removeAttribute(name);
      return;
    }
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list);
    if (option) field.setAttribute("aria-activedescendant", option);
    else field.removeAttribute("aria-activedescendant");
  }
}
