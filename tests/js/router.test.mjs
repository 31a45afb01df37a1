import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Handshake, Reading, Router } from "#desk/router.js";
import { FakeConnection, FakeTime, noted } from "./fakes.mjs";

let time;
let connection;

beforeEach(() => {
  time = new FakeTime();
  connection = new FakeConnection();
});

describe("Handshake", () => {
  let handshake;
  let events;

  beforeEach(() => {
    handshake = new Handshake(connection, time.timers);
    events = noted(handshake, "welcome", "failed");
  });

  it("says which conversations the page has, and up to where", () => {
    handshake.begin([
      { id: "c1", upto: 4 },
      { id: "c2", upto: 0 },
    ]);
    assert.deepEqual(connection.sent, [{ t: "hello", resume: { c1: 4, c2: 0 } }]);
    assert.equal(handshake.hasResumed("c1"), true);
    assert.equal(handshake.hasResumed("c3"), false);
  });

  it("names at most 100 of them", () => {
    handshake.begin(Array.from({ length: 130 }, (_, index) => ({ id: `c${index}`, upto: index })));
    assert.equal(Object.keys(connection.sent[0].resume).length, 100);
    assert.equal(handshake.hasResumed("c99"), true);
    assert.equal(handshake.hasResumed("c100"), false);
  });

  it("is over with the welcome", () => {
    handshake.begin([]);
    handshake.welcome();
    time.advance(60_000);
    assert.deepEqual(events, [["welcome", undefined]]);
  });

  it("fails after ten seconds of silence, and begins the line anew", () => {
    handshake.begin([]);
    time.advance(10_000);
    assert.deepEqual(events, [["failed", undefined]]);
    assert.equal(connection.sent.at(-1), "restart");
  });

  it("waits for nothing while the line is down", () => {
    handshake.begin([]);
    connection.goDown();
    assert.equal(time.pending, 0);
  });
});

describe("Reading", () => {
  it("tells the newest row a moment later, once", () => {
    const reading = new Reading(connection, time.timers);
    reading.seen("c1", 3);
    reading.seen("c1", 5);
    reading.seen("c1", 4);
    reading.seen("c2", 1);
    assert.deepEqual(connection.sent, []);
    time.advance(400);
    const told = connection.sent.map(({ conversation, upto }) => [conversation, upto]);
    assert.deepEqual(told, [
      ["c1", 5],
      ["c2", 1],
    ]);
    time.advance(10_000);
    assert.equal(connection.sent.length, 2);
  });

  it("tells it when the line is back", () => {
    const reading = new Reading(connection, time.timers);
    connection.isUp = false;
    reading.seen("c1", 3);
    time.advance(400);
    connection.isUp = true;
    reading.tell();
    assert.deepEqual(connection.sent, [{ t: "read", conversation: "c1", upto: 3 }]);
  });
});

describe("Router", () => {
  let desk;
  let calls;
  const note =
    (name, result) =>
    (...about) => {
      calls.push([name, ...about]);
      return result;
    };
  const receive = (frame) => connection.dispatchEvent(Object.assign(new Event("frame"), { detail: frame }));
  const called = (name) => calls.filter(([one]) => one === name);

  beforeEach(() => {
    calls = [];
    const conversation = { id: "c1", upto: 3, rungUpto: 9, read: 0, card: { customer: "Nora" } };
    conversation.readUpto = (upto) => (conversation.read = upto);
    conversation.setTyping = note("setTyping");
    conversation.stopTyping = note("stopTyping");
    conversation.setLast = note("setLast");
    desk = {
      connection,
      conversation,
      tooLongS: 60,
      conversations: {
        all: [conversation],
        live: [conversation],
        open: conversation,
        get: (id) => (id === "c1" ? conversation : undefined),
        addRows: (_, { rows }) => rows,
      },
      composer: { ask: note("ask"), showOffers: note("showOffers"), showFound: note("showFound") },
      outgoing: {
        saveDrafts: note("saveDrafts"),
        deliver: note("deliver"),
        stored: note("stored"),
        arrived: note("arrived"),
        failed: note("failed"),
      },
      dictionary: { resend: note("resend") },
      drafting: { takeDraft: note("takeDraft"), refused: note("draftingRefused") },
      layout: { alert: note("alert"), announce: note("announce") },
      panes: { refreshSide: note("refreshSide"), renewSide: note("renewSide") },
      transcript: { add: note("add"), showTyping: note("showTyping") },
      applyState: note("applyState"),
      follow: note("follow"),
      showCards: note("showCards"),
      showHead: note("showHead"),
    };
    desk.router = new Router(desk, time.timers);
  });

  it("says hello when the line is up", () => {
    connection.dispatchEvent(new Event("up"));
    assert.deepEqual(connection.sent, [{ t: "hello", resume: { c1: 3 } }]);
    desk.router.handshake.welcome();
  });

  it("brings everything up to date when it is welcome", () => {
    receive({ t: "welcome", now: 1, cards: [] });
    const names = calls.map(([name]) => name);
    assert.deepEqual(names, ["applyState", "follow", "saveDrafts", "deliver", "resend", "ask"]);
  });

  it("does not ask again for what it has named in its hello", () => {
    connection.dispatchEvent(new Event("up"));
    receive({ t: "welcome", now: 1, cards: [] });
    assert.deepEqual(called("follow"), []);
  });

  it("shows rows of the conversation on screen, and asks what fits them", () => {
    const message = { kind: "chat", role: "customer", text: "Hi", client_id: null };
    receive({ t: "rows", conversation: "c1", rows: [{ sequence: 4, message }], upto: 4 });
    assert.equal(called("add").length, 1);
    assert.equal(called("ask").length, 1);
    assert.deepEqual(called("setLast"), [["setLast", message, 60]]);
    assert.deepEqual(called("announce"), []);
  });

  it("announces a customer's message in another conversation, and takes its own out of the outbox", () => {
    desk.conversations.open = null;
    const rows = [
      { sequence: 4, message: { kind: "chat", role: "customer", text: "Hi" } },
      { sequence: 5, message: { kind: "chat", role: "agent", text: "Yes", client_id: "k1" } },
    ];
    receive({ t: "rows", conversation: "c1", rows, upto: 5 });
    assert.deepEqual(called("announce"), [["announce", "New message from Nora"]]);
    assert.deepEqual(called("arrived"), [["arrived", "k1"]]);
    assert.deepEqual(called("add"), []);
  });

  it("renews the notes at the right when a note comes", () => {
    receive({
      t: "rows",
      conversation: "c1",
      rows: [{ sequence: 4, message: { kind: "note", role: "agent" } }],
      upto: 4,
    });
    assert.deepEqual(called("refreshSide"), [["refreshSide", "notes"]]);
  });

  it("asks anew and renews the greetings when settings of the company change", () => {
    receive({ t: "settings", names: ["autocompose.spellcheck"], own: false });
    time.advance(700);
    assert.equal(called("ask").length, 1);
    assert.deepEqual(called("renewSide"), [["renewSide", "autopilot"]]);
  });

  it("leaves the form alone in which the agent has just saved", () => {
    receive({ t: "settings", names: ["greetings.enabled"], own: true });
    time.advance(0);
    desk.conversations.open = null;
    receive({ t: "settings", names: ["greetings.enabled"], own: true });
    time.advance(0);
    assert.equal(called("ask").length, 1);
    assert.deepEqual(called("renewSide"), []);
  });

  it("shows a stored row at once only where it is the very next one", () => {
    const row = { sequence: 4, message: { kind: "chat", role: "agent", client_id: "k1" } };
    receive({ t: "stored", conversation: "c1", client_id: "k1", row });
    assert.equal(called("add").length, 1);
    receive({ t: "stored", conversation: "c1", client_id: "k2", row: { ...row, sequence: 9 } });
    assert.equal(called("add").length, 1);
    receive({ t: "stored", conversation: "gone", client_id: "k3", row });
    assert.equal(called("stored").length, 3);
  });

  it("says why a message was refused", () => {
    receive({ t: "refused", conversation: "c1", client_id: "k1", message: "Not so." });
    assert.equal(called("draftingRefused").length, 1);
    assert.deepEqual(called("alert"), [["alert", "Not so."]]);
  });

  it("takes how far another desk has read", () => {
    receive({ t: "read", conversation: "c1", upto: 3 });
    assert.equal(desk.conversation.read, 3);
    receive({ t: "read", conversation: "gone", upto: 3 });
  });

  it("leads answers to the composer and drafts to the drafting", () => {
    receive({ t: "offers", n: 1 });
    receive({ t: "found", n: 1 });
    receive({ t: "draft", conversation: "c1" });
    receive({ t: "typing", conversation: "c1", text: "Hel" });
    receive({ t: "typing", conversation: "gone", text: "Hel" });
    const names = calls.map(([name]) => name);
    assert.deepEqual(names, ["showOffers", "showFound", "takeDraft", "setTyping", "showTyping"]);
  });

  it("knows what an error is about", () => {
    receive({ t: "error", of: "send", ref: "k1" });
    assert.equal(called("failed").length, 1);
    receive({ t: "error", of: "hello" });
    assert.equal(connection.sent.at(-1), "restart");
  });

  it("ignores frames of a newer server", () => {
    receive({ t: "something new" });
    assert.deepEqual(calls, []);
  });
});
