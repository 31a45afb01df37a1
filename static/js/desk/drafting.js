// The way of an agent's words: from the field into drafts and messages, and back where the server refuses them.

import { EditorState } from "#desk/editor_state.js";
import { isVisible, trimmed } from "#lib/text.js";

export class Drafting {
  #desk;
  #noted = null; // {id, text, isKept}: words that go into the notes of a wrap-up

  constructor(desk) {
    this.#desk = desk;
    desk.outgoing.addEventListener("draft", ({ detail }) => this.takeDraft(detail));
    desk.outgoing.addEventListener("changed", ({ detail }) => this.#showPending(detail));
  }

  // The text of this conversation has changed.
  written(conversation) {
    if (!conversation) return;
    const { outgoing, layout, composer, conversations } = this.#desk;
    outgoing.keepDraft(conversation.id, conversation.editor, conversation.card.customer);
    layout.maySend(composer.maySend);
    // The keystroke itself stops the greeting on the server; here it goes at once.
    if (conversation.draft && conversation === conversations.open) this.stopGreeting(conversation);
  }

  stopGreeting(conversation) {
    if (!conversation?.card.greeting) return;
    conversation.card.greeting = null;
    this.#desk.layout.showGreeting(conversation);
    this.#desk.showCards();
  }

  send() {
    const { composer, conversations, outgoing, transcript } = this.#desk;
    const conversation = conversations.open;
    if (!conversation || conversation.left || !composer.maySend) return;
    const { id, card, editor } = conversation;
    const { revision } = editor;
    const text = trimmed(editor.text);
    const message = {
      conversation: id,
      customer: card.customer,
      text,
      kind: "chat",
      revision,
      usage: editor.usage.report(),
    };
    if (!this.#add(message, editor)) return;
    // The outbox has it: only now may the field forget it.
    this.#empty(conversation);
    outgoing.deliver();
    this.#desk.showCards();
    this.#desk.showHead();
    transcript.toEnd();
  }

  // Returns true where the note is on its way.
  sendNote(id, text) {
    if (!isVisible(text)) return false;
    const customer = this.#desk.conversations.get(id)?.card.customer ?? "";
    const note = { conversation: id, customer, text: trimmed(text), kind: "note", revision: 0, usage: null };
    if (!this.#add(note)) return false;
    this.#desk.outgoing.deliver();
    return true;
  }

  // Returns false where the browser cannot keep the message: then the words are still where they were.
  #add(message, state) {
    try {
      this.#desk.outgoing.add(message, state);
      return true;
    } catch (error) {
      this.#desk.layout.alert(
        "That could not be sent. Your words are still in the field: copy them, and reload the page.",
      );
      console.error(error);
      return false;
    }
  }

  // The words are sent or deleted.
  #empty(conversation) {
    const next = new EditorState({ revision: conversation.editor.revision });
    this.#desk.outgoing.emptyDraft(conversation.id, next);
    this.#continue(conversation, next);
  }

  #continue(conversation, state) {
    conversation.editor = state;
    if (conversation === this.#desk.conversations.open) this.#desk.composer.continueWith(state);
  }

  // --- what comes back -------------------------------------------------------------------------------------------------

  refused(frame) {
    this.#desk.outgoing.refused(frame, (message, state) => this.#restore(frame, message, state));
  }

  // Words that may not be sent go back to where they were written, with their history, if nothing else is there by now.
  // Returns true where they do.
  #restore({ conversation: id, code, spans = [] }, message, sent) {
    const { conversations, composer } = this.#desk;
    const conversation = conversations.get(id);
    if (code !== "profanity" || message.kind !== "chat" || !conversation || conversation.draft) return false;
    const isOpen = conversation === conversations.open;
    if (isOpen && composer.isComposing) return false;
    // After a reload nobody knows how it was made.
    const state = sent ?? new EditorState({ text: message.text });
    state.revision = conversation.editor.revision;
    this.#continue(conversation, state);
    if (isOpen) composer.block(spans);
    this.written(conversation);
    return true;
  }

  // Another desk or tab of this agent wrote later: its words are the newer ones.
  takeDraft({ conversation: id, text, cursor, revision, usage }) {
    const conversation = this.#desk.conversations.get(id);
    if (!conversation) this.showUnsent();
    if (!conversation || revision <= conversation.editor.revision) return;
    conversation.editor.revision = revision;
    if (text === conversation.draft) return;
    const caret = Math.min(cursor, text.length);
    if (conversation === this.#desk.conversations.open) this.#desk.composer.replaceAll(text, caret, usage);
    else conversation.editor.replace(text, caret, usage);
    this.#desk.showCards();
  }

  #showPending(id) {
    const conversation = this.#desk.conversations.get(id);
    if (conversation) {
      conversation.pending = this.#desk.outgoing.of(id);
      this.#desk.transcript.showPending(conversation);
    }
    this.showUnsent();
  }

  // --- words that were not sent ----------------------------------------------------------------------------------------

  showUnsent() {
    const { conversations, layout, outgoing, hasBegun } = this.#desk;
    if (hasBegun) layout.showUnsent(outgoing.unsent(new Set(conversations.all.map(({ id }) => id))));
  }

  // What the agent does with a message that was not sent.
  decide(what, clientId) {
    const message = this.#desk.outgoing.decide(what, clientId);
    if (message && what === "copy") void this.#desk.actions.copy(message.text);
    this.showUnsent();
  }

  // Words that were written to somebody who is gone.
  dropWords() {
    this.#empty(this.#desk.conversations.open);
    this.#desk.showCards();
    this.#desk.showHead();
    this.#desk.composer.focus();
  }

  // The words go into the notes of the wrap-up. Returns after the press that opens it.
  noteWords(endButton) {
    const { id, draft } = this.#desk.conversations.open;
    this.#noted = { id, text: draft.trim(), isKept: false };
    endButton.click();
  }

  // The sheet of a wrap-up is here: `id` of its conversation.
  fillNotes(sheet, id) {
    const notes = sheet.querySelector("textarea[name=notes]");
    if (notes && !notes.value && id === this.#noted?.id) notes.value = this.#noted.text;
  }

  // The sheet has done what it was for.
  noticeNotes(sheet, id) {
    if (!id || id !== this.#noted?.id) return;
    this.#noted.isKept = Boolean(sheet.querySelector("textarea[name=notes]")?.value.includes(this.#noted.text));
  }

  // The conversation was closed: words that stand in its notes are not lost.
  closed(conversation) {
    if (this.#noted?.isKept && this.#noted.id === conversation.id) {
      this.#desk.outgoing.emptyDraft(conversation.id, conversation.editor);
    }
  }
}
