// What leaves the composer: messages and notes by the outbox, drafts by revisions. Nothing that was written is let go
// before the server says that it has it, or the agent deletes it.

import { newId } from "#lib/fallbacks.js";
import { LONGEST, units } from "#lib/text.js";
import { Drafts, Outbox, waited } from "#desk/kept.js";

const DRAFT_EVERY_MS = 600;
// A message without an answer for so long is sent again; the server stores it once.
const ANSWER_MS = 15_000;
// A frame has at most 64 KiB on the server's side; what is told about the making of a message gives way to the message.
const LARGEST_FRAME = 60_000;

const bytes = new TextEncoder();

// Before the conversation's id, where a draft is shown among messages.
const DRAFT = "draft:";
const asLost = ({ conversation, customer, text }) => ({
  client_id: DRAFT + conversation,
  customer: customer ?? "A customer",
  text,
  refused: { message: "Not finished when the chat left your desk" },
});

export class Outgoing extends EventTarget {
  #line;
  #outbox;
  #drafts;
  #saving = new Map();
  #onLine = new Map(); // conversation to the message that waits for its answer

  // Events: "changed" (detail: conversation) when what is on its way there has changed, "given-back" (detail: the
  // message and the server's frame) when a message was refused for its words, "draft" (detail: conversation and the
  // draft) when another desk of this agent wrote later.
  constructor(agent, line) {
    super();
    this.#line = line;
    this.#outbox = new Outbox(agent);
    this.#drafts = new Drafts(agent);
    line.addEventListener("down", () => this.#isDown());
    addEventListener("pagehide", () => this.saveDrafts());
    addEventListener("storage", (event) => this.#otherTab(event, `desk:${agent}:draft:`));
    setInterval(() => this.#hurry(), 1_000);
  }

  // --- messages -------------------------------------------------------------------------------------------------------

  // The messages of a conversation that are not stored yet, oldest first.
  of(conversation) {
    const offline = !this.#line.isUp;
    return this.#outbox.of(conversation).map((message) => ({ ...message, offline }));
  }

  // What was written in none of these conversations and never sent: refused messages, and drafts.
  lost(here) {
    const refused = this.#outbox.all().filter((message) => message.refused && !here.has(message.conversation));
    return [...refused, ...this.#drafts.all().filter((draft) => !here.has(draft.conversation)).map(asLost)];
  }

  // Keep the message until the server has it; `sendWaiting` says it. The id of the message.
  add(message) {
    const client_id = newId();
    this.#outbox.add({ client_id, sent_at: Date.now() / 1000, refused: null, ...message });
    this.#changed(message.conversation);
    return client_id;
  }

  // Of each conversation the oldest that is not stored yet; the next one when that is answered.
  sendWaiting() {
    const tried = new Set(this.#onLine.keys());
    for (const message of this.#outbox.all()) {
      if (message.refused || tried.has(message.conversation)) continue;
      tried.add(message.conversation);
      if (!this.#line.say(this.#frame(message))) return;
      this.#onLine.set(message.conversation, { client_id: message.client_id, at: performance.now() });
    }
  }

  #frame(message) {
    const { client_id, conversation, text, kind, revision, usage } = message;
    const frame = { t: "send", conversation, client_id, text, waited_s: waited(message), kind, revision };
    if (!usage) return frame;
    const whole = { ...frame, usage };
    if (bytes.encode(JSON.stringify(whole)).length < LARGEST_FRAME) return whole;
    const { augmentations, figures } = usage;
    return { ...frame, usage: { augmentations, figures: { ...figures, selected_suggestion_text: "" } } };
  }

  // The row of this message is here: true where it was on its way.
  arrived(client_id) {
    const message = this.#outbox.remove(client_id);
    if (message) this.#changed(message.conversation);
    return Boolean(message);
  }

  stored({ conversation, client_id }) {
    this.#answered(conversation, client_id);
    this.#outbox.remove(client_id);
    this.#changed(conversation);
    this.sendWaiting();
  }

  refused(frame) {
    const { conversation, client_id, code, message: why } = frame;
    this.#answered(conversation, client_id);
    const message = this.#outbox.find(client_id);
    if (message) {
      const back = new CustomEvent("given-back", { cancelable: true, detail: { message, frame } });
      // Whoever takes the words back into the composer says so by preventing that they stay here.
      if (this.dispatchEvent(back)) this.#outbox.change(client_id, { refused: { code, message: why } });
      else this.#outbox.remove(client_id);
    }
    this.#changed(conversation);
    this.sendWaiting();
  }

  // A frame of ours was not understood: the message stays here, with the reason.
  failed({ ref, code, message }) {
    const found = this.#outbox.find(ref);
    if (found) this.refused({ conversation: found.conversation, client_id: ref, code, message });
  }

  // What the agent does with a message that was refused. The message, or null.
  decide(what, client_id) {
    if (client_id.startsWith(DRAFT)) return this.#decideDraft(what, client_id.slice(DRAFT.length));
    const message = this.#outbox.find(client_id);
    if (!message || what === "copy") return message;
    if (what === "retry") this.#outbox.change(client_id, { refused: null });
    else this.#outbox.remove(client_id);
    this.#changed(message.conversation);
    this.sendWaiting();
    return message;
  }

  #decideDraft(what, conversation) {
    const draft = this.#drafts.get(conversation);
    if (draft && what === "delete") this.#drafts.remove(conversation);
    return draft;
  }

  #answered(conversation, client_id) {
    if (this.#onLine.get(conversation)?.client_id === client_id) this.#onLine.delete(conversation);
  }

  #hurry() {
    const at = performance.now();
    for (const [conversation, sent] of this.#onLine) if (at - sent.at > ANSWER_MS) this.#onLine.delete(conversation);
    if (this.#line.isUp) this.sendWaiting();
  }

  #isDown() {
    this.#onLine.clear();
    for (const conversation of new Set(this.#outbox.all().map((one) => one.conversation))) this.#changed(conversation);
  }

  #changed(conversation) {
    this.dispatchEvent(new CustomEvent("changed", { detail: conversation }));
  }

  // --- drafts ---------------------------------------------------------------------------------------------------------

  // The newer one of what this browser and the server have, or null.
  draftFor(conversation, stored) {
    const local = this.#drafts.get(conversation);
    const mine = (local?.revision ?? -1) >= (stored?.revision ?? 0);
    return { draft: mine ? local : stored, isNews: mine && (local?.revision ?? 0) > (stored?.revision ?? 0) };
  }

  // The text has changed: kept here at once, on the server a moment later.
  keep(conversation, writing, customer) {
    writing.revision += 1;
    const { text, end: cursor, revision, usage } = writing;
    // How it was made is kept beside it, so that a reload does not forget.
    this.#drafts.set(conversation, { text, cursor, revision, usage: usage.state, customer });
    this.saveLater(conversation, writing);
  }

  // The text was sent: an empty draft with a higher revision is how it stays gone.
  emptied(conversation, writing) {
    clearTimeout(this.#saving.get(conversation)?.timer);
    this.#saving.delete(conversation);
    writing.revision += 1;
    this.#drafts.set(conversation, { text: "", cursor: 0, revision: writing.revision });
  }

  saveLater(conversation, writing) {
    if (this.#saving.has(conversation)) return;
    const timer = setTimeout(() => this.#save(conversation), DRAFT_EVERY_MS);
    this.#saving.set(conversation, { timer, writing });
  }

  // All that wait to be saved, now.
  saveDrafts() {
    for (const conversation of [...this.#saving.keys()]) this.#save(conversation);
  }

  tidyDrafts(here) {
    this.#drafts.tidy(here);
  }

  #save(conversation) {
    const { timer, writing } = this.#saving.get(conversation);
    clearTimeout(timer);
    const { end, revision } = writing;
    // The whole of it is kept in this browser; the server takes what a message may hold.
    const text = writing.text.slice(0, units(writing.text, LONGEST));
    const cursor = Math.min(end, text.length);
    // Not said: it waits for the line.
    if (this.#line.say({ t: "draft", conversation, text, cursor, revision })) this.#saving.delete(conversation);
  }

  // The same draft in another tab of this browser.
  #otherTab(event, start) {
    if (!event.key?.startsWith(start) || !event.newValue) return;
    const draft = JSON.parse(event.newValue);
    this.dispatchEvent(new CustomEvent("draft", { detail: { conversation: event.key.slice(start.length), ...draft } }));
  }
}
