import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { MessageQueue, newId, Outbox, waited } from "#lib/outbox.js";
import { JsonStorage } from "#lib/storage.js";
import { FakeConnection, FakeStorage, FakeTime, noted } from "./fakes.mjs";

let time;
let web;
let storage;
let connection;

beforeEach(() => {
  time = new FakeTime();
  web = new FakeStorage();
  storage = new JsonStorage(() => web);
  connection = new FakeConnection();
});

const makeOutbox = (owner = "maya") => new Outbox(owner, { storage, nowMs: time.clock });
const makeQueue = (options = {}) =>
  new MessageQueue("maya", connection, {
    answerTimeoutMs: 10_000,
    storage,
    timers: time.timers,
    nowMs: time.clock,
    ...options,
  });
const sentTexts = () => connection.sent.map(({ text }) => text);

describe("newId", () => {
  it("makes ids that the server takes, each another one", () => {
    const ids = Array.from({ length: 100 }, newId);
    assert.equal(new Set(ids).size, 100);
    for (const id of ids) assert.match(id, /^[a-z0-9-]{8,64}$/);
  });

  it("does the same where the browser has no randomUUID", (context) => {
    const { crypto } = globalThis;
    const getRandomValues = (bytes) => crypto.getRandomValues(bytes);
    Object.defineProperty(globalThis, "crypto", { value: { getRandomValues }, configurable: true });
    context.after(() => Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true }));
    assert.match(newId(), /^[0-9a-f]{32}$/);
  });
});

describe("waited", () => {
  it("is how long the message waited, in seconds", () => {
    assert.equal(waited({ sent_at: 100 }, 107_500), 7.5);
  });

  it("is never negative, where somebody has set the clock back", () => {
    assert.equal(waited({ sent_at: 100 }, 50_000), 0);
  });
});

describe("Outbox", () => {
  it("keeps the order of writing, over reloads", () => {
    const outbox = makeOutbox();
    outbox.add({ client_id: "b", conversation: "c1" });
    outbox.add({ client_id: "a", conversation: "c1" });
    time.advance(1);
    const again = makeOutbox();
    again.add({ client_id: "0", conversation: "c2" });
    assert.deepEqual(
      again.all().map((message) => message.client_id),
      ["b", "a", "0"],
    );
    assert.deepEqual(
      again.of("c1").map((message) => message.client_id),
      ["b", "a"],
    );
  });

  it("finds, changes and removes by id", () => {
    const outbox = makeOutbox();
    outbox.add({ client_id: "a", text: "x", refused: null });
    outbox.change("a", { refused: { code: "ended" } });
    assert.deepEqual(outbox.find("a"), { client_id: "a", text: "x", refused: { code: "ended" } });
    assert.deepEqual(outbox.remove("a"), { client_id: "a", text: "x", refused: { code: "ended" } });
    assert.equal(outbox.find("a"), null);
    assert.equal(outbox.remove("a"), null);
    outbox.change("a", { text: "y" });
    assert.deepEqual(outbox.all(), []);
  });

  it("keeps each owner's messages apart", () => {
    makeOutbox().add({ client_id: "a" });
    assert.deepEqual(makeOutbox("tom").all(), []);
  });
});

describe("MessageQueue", () => {
  it("sends a message with its id and how long it waited", () => {
    const queue = makeQueue({ frameOf: ({ kind }) => ({ kind }) });
    connection.isUp = false;
    const id = queue.add({ conversation: "c1", text: "Hello", kind: "chat" });
    queue.deliver();
    time.advance(3_000);
    connection.isUp = true;
    queue.deliver();
    const [frame] = connection.sent;
    assert.deepEqual(frame, { t: "send", conversation: "c1", client_id: id, text: "Hello", waited_s: 3, kind: "chat" });
  });

  it("sends one message of a conversation at a time, in order", () => {
    const queue = makeQueue();
    const ids = ["one", "two"].map((text) => queue.add({ conversation: "c1", text }));
    queue.add({ conversation: "c2", text: "other" });
    queue.deliver();
    queue.deliver();
    assert.deepEqual(sentTexts(), ["one", "other"]);
    queue.stored({ conversation: "c1", client_id: ids[0] });
    assert.deepEqual(sentTexts(), ["one", "other", "two"]);
    assert.equal(queue.outbox.find(ids[0]), null);
  });

  it("sends the same message again, with the same id, where no answer comes", () => {
    const queue = makeQueue();
    const id = queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    time.advance(9_999);
    assert.equal(connection.sent.length, 1);
    time.advance(1);
    assert.deepEqual(
      connection.sent.map((frame) => frame.client_id),
      [id, id],
    );
  });

  it("does not send again what was answered", () => {
    const queue = makeQueue();
    const id = queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    queue.stored({ conversation: "c1", client_id: id });
    time.advance(60_000);
    assert.equal(connection.sent.length, 1);
    assert.equal(time.pending, 0);
  });

  it("sends again after the line was down, and forgets its timers", () => {
    const queue = makeQueue();
    queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    connection.goDown();
    queue.forgetAnswers();
    assert.equal(time.pending, 0);
    connection.isUp = true;
    queue.deliver();
    assert.deepEqual(sentTexts(), ["one", "one"]);
  });

  it("keeps a refused message with its reason, and sends the next one", () => {
    const queue = makeQueue();
    const ids = ["one", "two"].map((text) => queue.add({ conversation: "c1", text }));
    queue.deliver();
    queue.refused({ conversation: "c1", client_id: ids[0], code: "not_yours", message: "It is with somebody else." });
    assert.deepEqual(queue.outbox.find(ids[0]).refused, { code: "not_yours", message: "It is with somebody else." });
    assert.deepEqual(sentTexts(), ["one", "two"]);
  });

  it("lets a refused message go where the page takes its words back", () => {
    const queue = makeQueue();
    const id = queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    let taken = null;
    queue.refused({ conversation: "c1", client_id: id, code: "profanity", message: "" }, (message) => {
      taken = message.text;
      return true;
    });
    assert.equal(taken, "one");
    assert.deepEqual(queue.outbox.all(), []);
  });

  it("holds a postponed message and those after it", () => {
    const queue = makeQueue();
    const ids = ["one", "two"].map((text) => queue.add({ conversation: "c1", text }));
    queue.deliver();
    queue.postpone({ conversation: "c1", client_id: ids[0] }, 30_000);
    queue.deliver();
    time.advance(29_999);
    assert.deepEqual(sentTexts(), ["one"]);
    time.advance(1);
    assert.deepEqual(sentTexts(), ["one", "one"]);
  });

  it("holds back what may not go", () => {
    const queue = makeQueue({ mayGo: ({ conversation }) => conversation === "c2" });
    queue.add({ conversation: "c1", text: "one" });
    queue.add({ conversation: "c2", text: "two" });
    queue.deliver();
    assert.deepEqual(sentTexts(), ["two"]);
  });

  it("stops at a line that is down", () => {
    const queue = makeQueue();
    connection.isUp = false;
    queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    assert.equal(time.pending, 0);
  });

  it("ignores answers for other messages than the awaited one", () => {
    const queue = makeQueue();
    queue.add({ conversation: "c1", text: "one" });
    queue.deliver();
    queue.stored({ conversation: "c1", client_id: "of another tab" });
    assert.deepEqual(sentTexts(), ["one"]);
  });

  it("says which conversation has changed", () => {
    const queue = makeQueue();
    const events = noted(queue, "changed");
    const id = queue.add({ conversation: "c1", text: "one" });
    assert.equal(queue.arrived(id), true);
    assert.equal(queue.arrived(id), false);
    assert.deepEqual(events, [
      ["changed", "c1"],
      ["changed", "c1"],
    ]);
  });
});
