// What leaves the composer: messages and notes by the outbox, drafts by revisions. Nothing that was written is let go
// before the server says that it has it, or the agent deletes it.

import { EditorState } from "#desk/editor_state.js";
import { MessageQueue } from "#lib/outbox.js";
import { Drafts } from "#lib/storage.js";
import { LONGEST, units } from "#lib/text.js";
import { pageTimers } from "#lib/timers.js";

const DRAFT_EVERY_MS = 600;
// A message without an answer for so long is sent again.
const ANSWER_TIMEOUT_MS = 15_000;
const DELIVER_EVERY_MS = 1_000;
// A frame has at most 64 KiB on the server's side. The message comes before the report of how it was made.
const MAX_FRAME_BYTES = 60_000;
// Before the conversation's id, where a draft is shown among messages.
const DRAFT = "draft:";

const bytesOf = (value) => new TextEncoder().encode(JSON.stringify(value)).length;

const asUnsent = ({ conversation, customer, text }) => ({
  client_id: DRAFT + conversation,
  customer: customer ?? "A customer",
  text,
  refused: { message: "Not finished when the chat left your desk" },
});

// What the frame of a message says beside its id and text.
export function fieldsOf({ text, kind, revision, usage }) {
  if (!usage) return { kind, revision };
  if (bytesOf({ text, usage }) < MAX_FRAME_BYTES) return { kind, revision, usage };
  const figures = { ...usage.figures, selected_suggestion_text: "" };
  return { kind, revision, usage: { augmentations: usage.augmentations, figures } };
}

// Events: "changed" (detail: the conversation) when what is on its way there has changed; "draft" (detail: the draft with
// its conversation) when another tab of this agent wrote later.
export class Outgoing extends EventTarget {
  #connection;
  #queue;
  #drafts;
  #timers;
  #saving = new Map(); // conversation to {timer, state} of a draft that waits to be saved
  #sent = new Map(); // the id of a message to the `EditorState` that it was, until the message is stored

  // `tools`: storage, timers, clock and window, where tests inject them.
  constructor(agent, connection, tools = {}) {
    super();
    const page = tools.page ?? window;
    this.#connection = connection;
    this.#timers = tools.timers ?? pageTimers;
    this.#queue = new MessageQueue(agent, connection, {
      ...tools,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      frameOf: fieldsOf,
    });
    this.#drafts = new Drafts(agent, tools.storage);
    this.#queue.addEventListener("changed", ({ detail }) => this.#emit("changed", detail));
    connection.addEventListener("down", () => this.#isDown());
    page.addEventListener("pagehide", () => this.saveDrafts());
    page.addEventListener("storage", (event) => {
      const draft = this.#drafts.writtenElsewhere(event);
      if (draft) this.#emit("draft", draft);
    });
    // Messages of other tabs are in the same outbox.
    this.#deliverOften();
  }

  // --- messages --------------------------------------------------------------------------------------------------------

  // The messages of a conversation that are not stored yet, oldest first.
  of(conversation) {
    const offline = !this.#connection.isUp;
    return this.#queue.outbox.of(conversation).map((message) => ({ ...message, offline }));
  }

  // What was never sent to conversations that are not `present`: refused messages, and drafts.
  unsent(present) {
    const isGone = ({ conversation }) => !present.has(conversation);
    const refused = this.#queue.outbox.all().filter((message) => message.refused && isGone(message));
    return [...refused, ...this.#drafts.all().filter(isGone).map(asUnsent)];
  }

  // Put a message into the outbox. `state`: the `EditorState` that it was. Throws where the browser cannot keep it.
  add(message, state = null) {
    const clientId = this.#queue.add(message);
    if (state) this.#sent.set(clientId, state);
  }

  #deliverOften() {
    this.#timers.after(DELIVER_EVERY_MS, () => {
      this.deliver();
      this.#deliverOften();
    });
  }

  deliver() {
    if (this.#connection.isUp) this.#queue.deliver();
  }

  // The row of this message is here.
  arrived(clientId) {
    this.#queue.arrived(clientId);
  }

  stored(frame) {
    this.#sent.delete(frame.client_id);
    this.#queue.stored(frame);
  }

  // `restore(message, state)`: true where the composer takes the words back; `state` is null after a reload.
  refused(frame, restore) {
    const state = this.#sent.get(frame.client_id) ?? null;
    this.#queue.refused(frame, (message) => restore(message, state));
    this.#sent.delete(frame.client_id);
  }

  // The server did not understand the frame of a message: the message stays here with the reason.
  failed({ ref, code, message }) {
    const found = this.#queue.outbox.find(ref);
    if (found) this.#queue.refused({ conversation: found.conversation, client_id: ref, code, message });
  }

  // What the agent does with a message that was not sent. Returns the message, or null.
  decide(what, clientId) {
    if (clientId.startsWith(DRAFT)) return this.#decideDraft(what, clientId.slice(DRAFT.length));
    const { outbox } = this.#queue;
    const message = outbox.find(clientId);
    if (!message || what === "copy") return message;
    if (what === "retry") outbox.change(clientId, { refused: null });
    else outbox.remove(clientId);
    this.#queue.changed(message.conversation);
    this.deliver();
    return message;
  }

  #decideDraft(what, conversation) {
    const draft = this.#drafts.get(conversation);
    if (draft && what === "delete") this.#drafts.remove(conversation);
    return draft;
  }

  #isDown() {
    this.#queue.forgetAnswers();
    const waiting = this.#queue.outbox.all().map(({ conversation }) => conversation);
    for (const conversation of new Set(waiting)) this.#queue.changed(conversation);
  }

  // --- drafts ----------------------------------------------------------------------------------------------------------

  // The state that goes on with what was written before, here or on another machine. `stored`: the server's draft.
  restoreDraft(conversation, stored) {
    const local = this.#drafts.get(conversation);
    const isLocal = (local?.revision ?? -1) >= (stored?.revision ?? 0);
    const draft = isLocal ? local : stored;
    if (!draft) return new EditorState();
    const cursor = Math.min(draft.cursor, draft.text.length);
    const state = new EditorState({ ...draft, cursor });
    if (isLocal && (local?.revision ?? 0) > (stored?.revision ?? 0)) this.#saveLater(conversation, state);
    return state;
  }

  // The text has changed: keep it here at once, on the server a moment later.
  keepDraft(conversation, state, customer) {
    state.revision += 1;
    const { text, end: cursor, revision, usage } = state;
    this.#drafts.set(conversation, { text, cursor, revision, usage: usage.state, customer });
    this.#saveLater(conversation, state);
  }

  // The text was sent or deleted. An empty draft with a higher revision keeps it from coming back.
  emptyDraft(conversation, state) {
    this.#timers.cancel(this.#saving.get(conversation)?.timer);
    this.#saving.delete(conversation);
    state.revision += 1;
    this.#drafts.set(conversation, { text: "", cursor: 0, revision: state.revision });
  }

  // All that wait to be saved, now.
  saveDrafts() {
    for (const conversation of [...this.#saving.keys()]) this.#save(conversation);
  }

  tidyDrafts(present) {
    this.#drafts.tidy(present);
  }

  #saveLater(conversation, state) {
    if (this.#saving.has(conversation)) return;
    const timer = this.#timers.after(DRAFT_EVERY_MS, () => this.#save(conversation));
    this.#saving.set(conversation, { timer, state });
  }

  #save(conversation) {
    const { timer, state } = this.#saving.get(conversation);
    this.#timers.cancel(timer);
    const { end, revision } = state;
    // This browser keeps the whole text; the server takes what a message may hold.
    const text = state.text.slice(0, units(state.text, LONGEST));
    const cursor = Math.min(end, text.length);
    // Not sent: it waits for the line.
    if (this.#connection.send({ t: "draft", conversation, text, cursor, revision })) this.#saving.delete(conversation);
  }

  #emit(name, detail) {
    this.dispatchEvent(Object.assign(new Event(name), { detail }));
  }
}
