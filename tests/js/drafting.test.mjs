import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ConversationState } from "#desk/conversations.js";
import { Drafting } from "#desk/drafting.js";
import { EditorState } from "#desk/editor_state.js";
import { Outgoing } from "#desk/outgoing.js";
import { JsonStorage } from "#lib/storage.js";
import { FakeConnection, FakePage, FakeStorage, FakeTime } from "./fakes.mjs";

// The parts of the desk that drafting works with: real where they are pure, else notes of what they were asked for.
class FakeDesk {
  hasBegun = true;
  calls = [];
  connection = new FakeConnection();
  conversations = { all: [], open: null, get: (id) => this.conversations.all.find((one) => one.id === id) };
  composer = {
    maySend: true,
    isComposing: false,
    continueWith: (state) => this.calls.push(["continueWith", state.text]),
    replaceAll: (text) => this.calls.push(["replaceAll", text]),
    block: (spans) => this.calls.push(["block", spans]),
    focus: () => this.calls.push(["focus"]),
  };
  layout = {
    alert: (text) => this.calls.push(["alert", text]),
    maySend: (may) => this.calls.push(["maySend", may]),
    showGreeting: () => this.calls.push(["showGreeting"]),
    showUnsent: (messages) => this.calls.push(["showUnsent", messages.map(({ text }) => text)]),
  };
  transcript = { toEnd: () => this.calls.push(["toEnd"]), showPending: () => {} };
  actions = { copy: (text) => this.calls.push(["copy", text]) };

  constructor(storage, time) {
    const tools = { storage, timers: time.timers, nowMs: time.clock, page: new FakePage() };
    this.outgoing = new Outgoing("maya", this.connection, tools);
  }

  showCards() {}
  showHead() {}

  add(id, text = "") {
    const conversation = new ConversationState({ id, customer: `Customer ${id}`, upto: 0, left: null }, "maya");
    conversation.editor = new EditorState({ text });
    this.conversations.all.push(conversation);
    return conversation;
  }

  called(name) {
    return this.calls.filter(([called]) => called === name).map(([, about]) => about);
  }
}

let web;
let desk;
let drafting;
let conversation;
const sent = () => desk.connection.sent.filter(({ t }) => t === "send");

beforeEach(() => {
  web = new FakeStorage();
  desk = new FakeDesk(new JsonStorage(() => web), new FakeTime());
  conversation = desk.add("c1", "Hello  \n");
  desk.conversations.open = conversation;
  drafting = new Drafting(desk);
});

describe("sending", () => {
  it("sends the words, empties the field and keeps the draft from coming back", () => {
    conversation.editor.revision = 3;
    drafting.send();
    const [{ text, revision, kind, usage }] = sent();
    assert.deepEqual([text, revision, kind, usage.augmentations], ["Hello", 3, "chat", ["FREEHAND"]]);
    assert.deepEqual([conversation.draft, conversation.editor.revision], ["", 4]);
    assert.deepEqual(desk.called("continueWith"), [""]);
    assert.equal(conversation.pending.length, 1);
  });

  it("sends nothing where nothing may go", () => {
    desk.composer.maySend = false;
    drafting.send();
    desk.composer.maySend = true;
    conversation.left = { how: "ended" };
    drafting.send();
    desk.conversations.open = null;
    drafting.send();
    assert.deepEqual(sent(), []);
    assert.equal(conversation.draft, "Hello  \n");
  });

  it("leaves the words in the field where the browser cannot keep the message", (context) => {
    context.mock.method(console, "error", () => {});
    desk.outgoing.add = () => {
      throw new Error("nothing can be kept");
    };
    drafting.send();
    assert.equal(conversation.draft, "Hello  \n");
    assert.match(desk.called("alert")[0], /Your words are still in the field/);
  });

  it("sends notes of staff, which have words to see", () => {
    assert.equal(drafting.sendNote("c1", "Call back \n"), true);
    assert.deepEqual([sent()[0].kind, sent()[0].text], ["note", "Call back"]);
    assert.equal(drafting.sendNote("c1", " \u200b"), false);
    assert.equal(sent().length, 1);
  });
});

describe("a message that comes back", () => {
  const refused = (fields = {}) => ({
    conversation: "c1",
    client_id: sent()[0].client_id,
    code: "profanity",
    message: "No",
    ...fields,
  });

  it("is in the field again, with its history and its marks", () => {
    const { editor } = conversation;
    drafting.send();
    drafting.refused(refused({ spans: [[0, 3]] }));
    assert.equal(conversation.editor, editor);
    assert.equal(editor.revision, 2, "newer than the empty draft");
    assert.deepEqual(desk.called("block"), [[[0, 3]]]);
    assert.deepEqual(conversation.pending, []);
  });

  it("stays with its reason where something else is written by now", () => {
    drafting.send();
    conversation.editor = new EditorState({ text: "More" });
    drafting.refused(refused());
    assert.equal(conversation.draft, "More");
    assert.equal(conversation.pending[0].refused.code, "profanity");
  });

  it("stays where an input method is at work, or for another reason, or for a note", () => {
    drafting.send();
    desk.composer.isComposing = true;
    drafting.refused(refused());
    assert.equal(conversation.draft, "");
    desk.composer.isComposing = false;
    drafting.refused(refused({ code: "not_yours" }));
    assert.equal(conversation.draft, "");
  });

  it("goes back into a conversation that is not on screen, silently", () => {
    drafting.send();
    desk.conversations.open = desk.add("c2");
    drafting.refused(refused());
    assert.equal(conversation.draft, "Hello  \n");
    assert.deepEqual(desk.called("block"), []);
  });
});

describe("a draft of another desk", () => {
  it("takes the place of older words", () => {
    drafting.takeDraft({ conversation: "c1", text: "Newer", cursor: 99, revision: 5 });
    assert.deepEqual(desk.called("replaceAll"), ["Newer"]);
    const other = desk.add("c2", "old");
    drafting.takeDraft({ conversation: "c2", text: "Newer", cursor: 2, revision: 5 });
    assert.deepEqual([other.draft, other.editor.start, other.editor.revision], ["Newer", 2, 5]);
  });

  it("changes nothing where it is older, or has the same words", () => {
    conversation.editor.revision = 5;
    drafting.takeDraft({ conversation: "c1", text: "Older", cursor: 0, revision: 5 });
    drafting.takeDraft({ conversation: "c1", text: "Hello  \n", cursor: 0, revision: 6 });
    assert.deepEqual(desk.called("replaceAll"), []);
    assert.equal(conversation.editor.revision, 6);
  });

  it("is shown as not sent where its conversation is gone", () => {
    desk.calls.length = 0;
    drafting.takeDraft({ conversation: "gone", text: "x", cursor: 0, revision: 1 });
    assert.equal(desk.called("showUnsent").length, 1);
  });
});

describe("what is written", () => {
  it("stops the greeting of the conversation on screen", () => {
    conversation.card.greeting = { text: "Hi" };
    drafting.written(conversation);
    assert.equal(conversation.card.greeting, null);
    assert.equal(desk.called("showGreeting").length, 1);
    drafting.written(null);
  });
});

describe("words to somebody who is gone", () => {
  it("can be deleted", () => {
    drafting.dropWords();
    assert.equal(conversation.draft, "");
    assert.equal(desk.called("focus").length, 1);
  });

  it("can be copied from the list of what was not sent", () => {
    desk.outgoing.keepDraft("gone", new EditorState({ text: "half" }), "Iris");
    drafting.decide("copy", "draft:gone");
    assert.deepEqual(desk.called("copy"), ["half"]);
  });

  it("go into the notes of the wrap-up, and are not lost there", () => {
    const field = { value: "" };
    const sheet = { querySelector: () => field };
    drafting.noteWords({ click: () => drafting.fillNotes(sheet, "c1") });
    assert.equal(field.value, "Hello");
    drafting.noticeNotes(sheet, "c1");
    drafting.closed(conversation);
    assert.deepEqual(desk.outgoing.unsent(new Set()), []);
  });

  it("stay as not sent where the agent took them out of the notes", () => {
    drafting.written(conversation);
    const field = { value: "" };
    const sheet = { querySelector: () => field };
    drafting.noteWords({ click: () => drafting.fillNotes(sheet, "c1") });
    field.value = "something else";
    drafting.noticeNotes(sheet, "c1");
    drafting.closed(conversation);
    assert.deepEqual(
      desk.outgoing.unsent(new Set()).map(({ text }) => text),
      ["Hello  \n"],
    );
  });

  it("do not go into the notes of another conversation, nor over what stands there", () => {
    const field = { value: "mine" };
    drafting.noteWords({ click: () => drafting.fillNotes({ querySelector: () => field }, "c1") });
    assert.equal(field.value, "mine");
    const other = { value: "" };
    drafting.fillNotes({ querySelector: () => other }, "c2");
    assert.equal(other.value, "");
  });
});
