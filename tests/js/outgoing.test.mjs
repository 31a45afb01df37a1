import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { EditorState } from "#desk/editor_state.js";
import { fieldsOf, Outgoing } from "#desk/outgoing.js";
import { JsonStorage } from "#lib/storage.js";
import { FakeConnection, FakePage, FakeStorage, FakeTime, noted } from "./fakes.mjs";

let time;
let storage;
let connection;
let page;
let outgoing;

const open = () => new Outgoing("maya", connection, { storage, timers: time.timers, nowMs: time.clock, page });
const frames = (kind) => connection.sent.filter(({ t }) => t === kind);
const chat = (text, fields = {}) => ({
  conversation: "c1",
  customer: "Nora",
  text,
  kind: "chat",
  revision: 1,
  ...fields,
});

beforeEach(() => {
  time = new FakeTime();
  const web = new FakeStorage();
  storage = new JsonStorage(() => web);
  connection = new FakeConnection();
  page = new FakePage();
  outgoing = open();
});

describe("fieldsOf", () => {
  const usage = { augmentations: ["FREEHAND"], figures: { num_edits: 1, selected_suggestion_text: "x" }, events: [{}] };

  it("tells how the message was made", () => {
    assert.deepEqual(fieldsOf({ text: "a", kind: "chat", revision: 3, usage }), { kind: "chat", revision: 3, usage });
    assert.deepEqual(fieldsOf({ text: "a", kind: "note", revision: 0, usage: null }), { kind: "note", revision: 0 });
  });

  it("leaves out what a frame has no room for", () => {
    const { usage: told } = fieldsOf({ text: "x".repeat(60_000), kind: "chat", revision: 3, usage });
    assert.deepEqual(told, { augmentations: ["FREEHAND"], figures: { num_edits: 1, selected_suggestion_text: "" } });
  });
});

describe("messages", () => {
  it("go out at once where the line is up", () => {
    outgoing.add(chat("Hello"));
    outgoing.deliver();
    assert.equal(frames("send")[0].text, "Hello");
  });

  it("wait where it is down, and say so", () => {
    connection.isUp = false;
    outgoing.add(chat("Hello"));
    outgoing.deliver();
    assert.equal(outgoing.of("c1")[0].offline, true);
    connection.isUp = true;
    time.advance(1_000);
    assert.equal(frames("send").length, 1);
    assert.equal(outgoing.of("c1")[0].offline, false);
  });

  it("are sent again after 15 seconds without an answer", () => {
    outgoing.add(chat("Hello"));
    outgoing.deliver();
    time.advance(14_999);
    assert.equal(frames("send").length, 1);
    time.advance(1);
    assert.equal(frames("send").length, 2);
  });

  it("of another tab go out as well", () => {
    open().add(chat("From the other tab"));
    time.advance(1_000);
    assert.ok(frames("send").some(({ text }) => text === "From the other tab"));
  });

  it("leave when they are stored, or when their row is here", () => {
    outgoing.add(chat("one"));
    outgoing.deliver();
    outgoing.stored({ conversation: "c1", client_id: frames("send")[0].client_id });
    assert.deepEqual(outgoing.of("c1"), []);
    outgoing.add(chat("two"));
    outgoing.arrived(outgoing.of("c1")[0].client_id);
    assert.deepEqual(outgoing.of("c1"), []);
  });

  it("are shown anew when the line goes down", () => {
    outgoing.add(chat("one"));
    const events = noted(outgoing, "changed");
    connection.goDown();
    assert.deepEqual(events, [["changed", "c1"]]);
  });
});

describe("a refused message", () => {
  const refuse = (restore) => {
    const { client_id } = frames("send").at(-1);
    outgoing.refused({ conversation: "c1", client_id, code: "profanity", message: "Not so." }, restore);
  };

  it("goes back into the composer with its history", () => {
    const state = new EditorState({ text: "bad words" });
    outgoing.add(chat("bad words"), state);
    outgoing.deliver();
    let restored = null;
    refuse((message, was) => {
      restored = [message.text, was];
      return true;
    });
    assert.deepEqual(restored, ["bad words", state]);
    assert.deepEqual(outgoing.of("c1"), []);
  });

  it("has no history after a reload", () => {
    outgoing.add(chat("bad words"), new EditorState());
    outgoing.deliver();
    outgoing = open();
    let was;
    refuse((_, state) => {
      was = state;
      return true;
    });
    assert.equal(was, null);
  });

  it("stays with its reason where the composer does not take it", () => {
    outgoing.add(chat("bad words"));
    outgoing.deliver();
    refuse(() => false);
    assert.deepEqual(outgoing.of("c1")[0].refused, { code: "profanity", message: "Not so." });
  });

  it("stays where its frame was not understood", () => {
    outgoing.add(chat("Hello"));
    outgoing.deliver();
    outgoing.failed({ ref: frames("send")[0].client_id, code: "bad_frame", message: "What?" });
    assert.equal(outgoing.of("c1")[0].refused.code, "bad_frame");
    outgoing.failed({ ref: "nobody's", code: "bad_frame", message: "What?" });
  });

  it("is sent again, copied or deleted as the agent decides", () => {
    outgoing.add(chat("Hello"));
    outgoing.deliver();
    refuse(() => false);
    const { client_id: id } = outgoing.of("c1")[0];
    assert.equal(outgoing.decide("copy", id).text, "Hello");
    outgoing.decide("retry", id);
    assert.equal(frames("send").length, 2);
    assert.equal(frames("send")[1].client_id, id);
    outgoing.decide("delete", id);
    assert.deepEqual(outgoing.of("c1"), []);
    assert.equal(outgoing.decide("delete", id), null);
  });
});

describe("drafts", () => {
  const keep = (text, fields = {}) => {
    const state = new EditorState({ text, ...fields });
    outgoing.keepDraft("c1", state, "Nora");
    return state;
  };

  it("are kept here at once and on the server a moment later, the newest of them", () => {
    const state = keep("Hel");
    assert.equal(storage.read("desk:maya:draft:c1").text, "Hel");
    time.advance(300);
    state.change("Hello", 5, 5, "type");
    outgoing.keepDraft("c1", state, "Nora");
    assert.deepEqual(frames("draft"), []);
    time.advance(300);
    assert.deepEqual(frames("draft"), [{ t: "draft", conversation: "c1", text: "Hello", cursor: 5, revision: 2 }]);
    time.advance(10_000);
    assert.equal(frames("draft").length, 1);
  });

  it("wait for the line", () => {
    connection.isUp = false;
    keep("Hello");
    time.advance(600);
    connection.isUp = true;
    outgoing.saveDrafts();
    assert.equal(frames("draft").length, 1);
    outgoing.saveDrafts();
    assert.equal(frames("draft").length, 1);
  });

  it("are saved when the page goes", () => {
    keep("Hello");
    page.tell("pagehide");
    assert.equal(frames("draft").length, 1);
  });

  it("are cut for the server at what a message may hold", () => {
    keep("👍".repeat(20_001));
    outgoing.saveDrafts();
    assert.equal([...frames("draft")[0].text].length, 20_000);
    assert.equal([...storage.read("desk:maya:draft:c1").text].length, 20_001);
  });

  it("are gone once they were sent, also for other tabs", () => {
    const state = keep("Hello");
    const next = new EditorState({ revision: state.revision });
    outgoing.emptyDraft("c1", next);
    assert.deepEqual(storage.read("desk:maya:draft:c1"), { text: "", cursor: 0, revision: 2 });
    time.advance(10_000);
    assert.deepEqual(frames("draft"), []);
    assert.equal(outgoing.restoreDraft("c1", { text: "Hello", cursor: 5, revision: 1 }).text, "");
  });

  it("go on after a reload, with the newer one of browser and server", () => {
    keep("Hello here", { revision: 4 });
    outgoing = open();
    const here = outgoing.restoreDraft("c1", { text: "Older", cursor: 1, revision: 3 });
    assert.deepEqual([here.text, here.revision, here.end], ["Hello here", 5, 10]);
    time.advance(600);
    assert.equal(frames("draft").at(-1).text, "Hello here", "the server does not have it yet");
    const there = outgoing.restoreDraft("c1", { text: "Newer", cursor: 99, revision: 9 });
    assert.deepEqual([there.text, there.revision, there.end], ["Newer", 9, 5]);
    assert.equal(outgoing.restoreDraft("c2", null).text, "");
  });

  it("of another tab come as events", () => {
    const events = noted(outgoing, "draft");
    page.tell("storage", { key: "desk:maya:draft:c1", newValue: '{"text":"Hi","revision":8}' });
    page.tell("storage", { key: "theme", newValue: "dark" });
    assert.deepEqual(events, [["draft", { conversation: "c1", text: "Hi", revision: 8 }]]);
  });
});

describe("words that were not sent", () => {
  it("are those of conversations that are gone: refused messages and drafts", () => {
    outgoing.add(chat("refused"));
    outgoing.add(chat("on its way", { conversation: "c2" }));
    outgoing.deliver();
    outgoing.refused(
      { conversation: "c1", client_id: frames("send")[0].client_id, code: "not_yours", message: "Gone" },
      () => false,
    );
    outgoing.keepDraft("c3", new EditorState({ text: "half a sentence" }), "Iris");
    outgoing.keepDraft("c4", new EditorState({ text: "here" }), "Luca");
    const unsent = outgoing.unsent(new Set(["c4"]));
    assert.deepEqual(
      unsent.map(({ text }) => text),
      ["refused", "half a sentence"],
    );
    assert.deepEqual(outgoing.unsent(new Set(["c1", "c3", "c4"])), []);
    const draft = unsent[1];
    assert.equal(draft.customer, "Iris");
    assert.equal(outgoing.decide("copy", draft.client_id).text, "half a sentence");
    outgoing.decide("delete", draft.client_id);
    assert.equal(outgoing.unsent(new Set(["c1", "c4"])).length, 0);
  });

  it("do not hold empty drafts", () => {
    outgoing.emptyDraft("c3", new EditorState());
    outgoing.tidyDrafts(new Set(["c1"]));
    assert.deepEqual(storage.keys("desk:maya:draft:"), []);
  });
});
