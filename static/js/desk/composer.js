// The composer: asks the server what fits the text, and leads keys and answers to the parts that help with the text.
//
// Answers that are older than the text on screen change nothing. Everything that changes the text is one step of one
// history (`editor_state.js`).

import { Corrections } from "#desk/corrections.js";
import { Editor } from "#desk/editor.js";
import { Questions } from "#desk/editor_state.js";
import { GhostText } from "#desk/ghost_text.js";
import { QuickSearch } from "#desk/quick_search.js";
import { Replies } from "#desk/replies.js";
import { isVisible, points } from "#lib/text.js";

export class Composer {
  #tabHint;
  #hooks;
  #replies;
  #ghost;
  #search;
  #corrections;
  #editor;
  #questions = new Questions();
  #conversation = "";
  #span = null; // start and end of what was typed since the last question
  #mayLeave = true; // by the Tab key
  #lastKey = "";

  // `hooks`: send(), changed(), ask(frame), announce(text), preference(name). `dictionary`: the agent's words.
  constructor(root, templates, dictionary, hooks) {
    this.#tabHint = root.querySelector("[data-tab-hint]");
    this.#hooks = hooks;
    const editor = new Editor(root, hooks.announce, {
      typed: (made, isPaste) => this.#typed(made, isPaste),
      replaced: (text, start, end) => {
        this.#corrections.hide();
        this.#search.ignore(text, start, end);
      },
      undone: (step) => {
        this.#corrections.rewound(step);
        this.#search.close();
      },
      changed: (completes) => this.#changed(completes),
      selected: () => this.#ghost.show(),
      clicked: (position) => this.#corrections.takeBack(editor.state?.correctionAt(position)),
    });
    this.#editor = editor;
    this.#search = new QuickSearch(root, templates.found, editor, {
      ask: (term, n) => hooks.ask({ t: "search", conversation: this.#conversation, n, term }),
      send: () => hooks.send(),
      isSendKey: (event) => this.#isSendKey(event),
    });
    this.#replies = new Replies(root, templates.reply, editor, this.#search, hooks.announce);
    this.#ghost = new GhostText(root, editor, this.#search);
    this.#corrections = new Corrections(root, editor, dictionary, hooks.announce);
    this.#listen();
  }

  #listen() {
    const { field } = this.#editor;
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("focus", () => (this.#mayLeave = this.#lastKey === "Tab"));
    field.addEventListener("blur", () => this.#closeLists());
    document.addEventListener("keydown", (event) => (this.#lastKey = event.key), true);
  }

  // The `EditorState` of the conversation that is open, or null.
  get state() {
    return this.#editor.state;
  }

  get isComposing() {
    return this.#editor.isComposing;
  }

  // Does it hold something that may go to the customer?
  get maySend() {
    const { state, isLocked, isTooLong } = this.#editor;
    return Boolean(state) && !isLocked && isVisible(state.text) && !isTooLong;
  }

  // Write in this conversation from now on. `isLocked`: its words can only be read and copied.
  open(conversation, state, isLocked = false) {
    this.#editor.finishComposition();
    this.#editor.lock(isLocked);
    this.#conversation = conversation;
    this.continueWith(state);
  }

  // Go on with this state in the same conversation: the last message was sent, or came back.
  continueWith(state) {
    this.#questions.forget();
    this.#span = null;
    this.#mayLeave = false;
    this.#editor.open(state);
    this.#forget();
    this.ask();
  }

  lock(isLocked) {
    if (this.#editor.isLocked === isLocked) return;
    this.#editor.lock(isLocked);
    if (!isLocked || !this.state) return;
    this.#forget();
  }

  // There is another text, or none: nothing of what the parts show is for it.
  #forget() {
    this.#corrections.forget();
    this.#search.forget();
    this.#ghost.drop();
    this.#replies.forget();
    this.#ghost.draw();
  }

  focus() {
    this.#editor.focus();
  }

  // Ask for suggestions: the text has changed, or somebody said something.
  ask() {
    const { state, isLocked, isTooLong } = this.#editor;
    if (!state || isLocked) return;
    const n = this.#questions.ask();
    const { text } = state;
    const cursor = this.#span?.map((position) => points(text, position));
    this.#span = null;
    if (isTooLong)
      this.#questions.skip(); // the server takes no such text, and offers nothing for it
    else this.#hooks.ask({ t: "type", conversation: this.#conversation, n, text, ...(cursor && { cursor }) });
  }

  showOffers(frame) {
    if (frame.conversation !== this.#conversation || this.#editor.isLocked) return;
    this.#questions.answered(frame.n);
    if (frame.correction) {
      this.#editor.whenFree(() => {
        this.#editor.readSelection();
        this.#corrections.apply(frame.correction);
      });
    }
    // After the correction, which may have asked anew.
    const use = this.#questions.use(frame.n);
    if (use === "ask") this.ask();
    if (use !== "show") return;
    this.#ghost.offer(frame.phrase, frame.id);
    this.#replies.offer({ id: frame.id, text: this.state.text, replies: frame.replies });
    this.#ghost.draw();
    if (this.#hooks.preference("announce")) this.#replies.announceSoon(() => this.#ghost.words);
  }

  showFound(frame) {
    if (frame.conversation === this.#conversation) this.#search.showFound(frame);
  }

  block(spans) {
    this.#editor.block(spans);
    this.#ghost.draw();
    this.#search.close();
  }

  // Insert a response from the panel where the cursor is; what is written stays.
  insert({ source, text, query = "" }) {
    if (!this.state || this.#editor.isLocked) return;
    this.#editor.finishComposition();
    const { start, end } = this.state;
    if (this.#editor.replace(start, end, text, "insert")) {
      this.state.usage.responseInserted(source, "panel", query, text);
    }
    this.focus();
  }

  // Another tab has written this text: no step of the history here.
  replaceAll(text, cursor, usage) {
    const { state } = this;
    const { revision } = state;
    this.#editor.whenFree(() => {
      if (this.state !== state || state.revision !== revision) return; // more was written here since
      state.replace(text, cursor, usage);
      this.#corrections.forget();
      this.#editor.show();
      this.#ghost.draw();
      this.#search.close();
      this.ask();
    });
  }

  #typed(made, isPaste) {
    this.#corrections.hide();
    const { text, start, end } = this.state;
    const from = Math.min(this.#span?.[0] ?? made.start, made.start);
    this.#span = [from, Math.max(start, from)];
    if (isPaste) this.#search.ignore(text, made.start, start);
    else if (start === end) this.#search.updateSearch(text, start);
    else this.#search.close();
  }

  #changed(completes) {
    const { text } = this.state;
    this.#mayLeave = false;
    this.#tabHint.hidden = true;
    this.#ghost.follow(text);
    this.#replies.typed(text);
    this.#ghost.draw();
    this.#hooks.changed();
    if (this.#questions.mayAsk(completes)) this.ask();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229 || !this.state || this.#editor.isLocked) return;
    if (event.key === "Escape") this.#mayLeave = true;
    const parts = [this.#search, this.#replies, this.#ghost, this.#corrections];
    if (this.#undoKey(event) || parts.some((part) => part.handleKey(event)) || this.#keyStays(event)) {
      event.preventDefault();
    } else if (event.key === "Enter" && this.#isSendKey(event)) {
      event.preventDefault();
      if (this.#editor.isTooLong) this.#editor.sayLength();
      else if (!event.repeat) this.#hooks.send();
    } else if (event.key === "Escape") {
      this.#replies.dismiss(this.state.text);
    }
  }

  #undoKey(event) {
    const command = event.ctrlKey || event.metaKey;
    if (!command || event.altKey || (event.code !== "KeyZ" && event.code !== "KeyY")) return false;
    if (event.code === "KeyY" || event.shiftKey) this.#editor.redo();
    else this.#editor.undo();
    return true;
  }

  #isSendKey(event) {
    if (event.shiftKey || event.altKey) return false;
    return event.ctrlKey || event.metaKey || this.#hooks.preference("sendKey") !== "ctrl-enter";
  }

  // Agents press Tab for the gray words, and often there are none: while they write it leads nowhere, least of all to
  // Send. Escape says that it shall lead on, as it does for somebody who came by Tab; F6 and Shift+Tab always do.
  #keyStays(event) {
    if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (this.#mayLeave || !this.state.text) return false;
    this.#tabHint.hidden = false;
    this.#hooks.announce("No words to add. Escape, then Tab, leaves the field.");
    return true;
  }

  #closeLists() {
    if (this.#search.isOpen) this.#search.close();
    else this.#replies.setActive(-1);
  }
}
