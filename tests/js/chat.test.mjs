import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { TabDrafts } from "#chat/drafts.js";
import { bannerLabel, statusLabel } from "#chat/log.js";
import { Outgoing, TypingReports } from "#chat/outgoing.js";
import { JsonStorage } from "#lib/storage.js";
import { FakeConnection, FakePage, FakeStorage, FakeTime, noted } from "./fakes.mjs";

let time;
let storage;

beforeEach(() => {
  time = new FakeTime();
  const web = new FakeStorage();
  storage = new JsonStorage(() => web);
});

describe("statusLabel", () => {
  for (const [state, label] of [
    [{ status: "waiting", place: 1 }, "You are next"],
    [{ status: "waiting", place: 2 }, "1 person before you"],
    [{ status: "waiting", place: 3 }, "2 people before you"],
    [{ status: "waiting", place: null }, "We will be with you soon"],
    [{ status: "live", agent: "Ana" }, "Ana is with you"],
    [{ status: "live", agent: null }, "You are connected"],
    [{ status: "paused" }, "Paused. Write to go on"],
    [{ status: "ended" }, "Conversation ended"],
  ]) {
    it(`says "${label}"`, () => assert.equal(statusLabel(state), label));
  }
});

describe("bannerLabel", () => {
  it("has words for every state that the customer must know of", () => {
    for (const state of ["disconnected", "reconnecting", "connected", "too-fast", "elsewhere", "crowded"]) {
      assert.ok(bannerLabel(state));
    }
    assert.equal(bannerLabel(""), "");
    assert.equal(bannerLabel("offline"), "");
  });
});

describe("TypingReports", () => {
  it("reports at once, then once a second, the last time too", () => {
    const times = [];
    const reports = new TypingReports(() => times.push(time.nowMs - 1_000_000), {
      timers: time.timers,
      clock: time.clock,
    });
    for (let ms = 0; ms <= 1_400; ms += 200) {
      reports.typed();
      time.advance(200);
    }
    time.advance(5_000);
    assert.deepEqual(times, [0, 1_000, 2_000]);
  });

  it("stops when the words are sent", () => {
    let count = 0;
    const reports = new TypingReports(() => (count += 1), { timers: time.timers, clock: time.clock });
    reports.typed();
    reports.stop();
    time.advance(5_000);
    assert.equal(count, 0);
    assert.equal(time.pending, 0);
  });
});

describe("Outgoing", () => {
  let connection;
  let page;
  let outgoing;
  const texts = () => connection.sent.map(({ text }) => text);

  beforeEach(() => {
    connection = new FakeConnection();
    page = new FakePage();
    const tools = { storage, timers: time.timers, nowMs: time.clock, random: () => 0, page };
    outgoing = new Outgoing("chat:acme", connection, tools);
    outgoing.begin("c1");
  });

  it("sends nothing before the server has said which conversation it is", () => {
    outgoing.write("Hello");
    assert.deepEqual(texts(), []);
    outgoing.resume("c1");
    assert.deepEqual(texts(), ["Hello"]);
  });

  it("sends one message after the other", () => {
    outgoing.resume("c1");
    outgoing.write("one");
    outgoing.write("two");
    assert.deepEqual(texts(), ["one"]);
    outgoing.stored({ conversation: "c1", client_id: connection.sent[0].client_id });
    assert.deepEqual(texts(), ["one", "two"]);
  });

  it("waits when the server finds it too fast, and lets nothing overtake", () => {
    outgoing.resume("c1");
    outgoing.write("one");
    outgoing.write("two");
    const { client_id } = connection.sent[0];
    outgoing.refused({ conversation: "c1", client_id, code: "too_fast", retry_after: 3 });
    time.advance(2_999);
    assert.deepEqual(texts(), ["one"]);
    time.advance(1);
    assert.deepEqual(texts(), ["one", "one"]);
    assert.equal(outgoing.all[0].refused, null);
  });

  it("keeps messages of a conversation that had ended, with the reason", () => {
    outgoing.write("Hello");
    outgoing.resume("c2");
    assert.deepEqual(texts(), []);
    assert.deepEqual(outgoing.all[0].refused, { code: "ended", message: "That conversation had ended." });
  });

  it("sends a refused one again as the newest, in the conversation of now", () => {
    outgoing.write("Hello");
    const [{ client_id }] = outgoing.all;
    outgoing.resume("c2");
    outgoing.retry(client_id);
    assert.deepEqual(texts(), ["Hello"]);
    assert.equal(connection.sent[0].conversation, "c2");
    assert.notEqual(connection.sent[0].client_id, client_id);
    outgoing.retry("nobody's");
    assert.equal(outgoing.all.length, 1);
  });

  it("drops what the customer deletes", () => {
    outgoing.write("Hello");
    const events = noted(outgoing, "changed");
    outgoing.drop(outgoing.all[0].client_id);
    assert.deepEqual(outgoing.all, []);
    assert.deepEqual(events, [["changed", "c1"]]);
  });

  it("waits for a new welcome after the line was down", () => {
    outgoing.resume("c1");
    outgoing.write("one");
    connection.goDown();
    connection.isUp = true;
    time.advance(60_000);
    assert.deepEqual(texts(), ["one"]);
    outgoing.resume("c1");
    assert.deepEqual(texts(), ["one", "one"]);
  });

  it("keeps the reason of any other refusal", () => {
    outgoing.resume("c1");
    outgoing.write("one");
    outgoing.refused({ client_id: connection.sent[0].client_id, code: "bad_frame", message: "It was not understood." });
    assert.equal(outgoing.all[0].refused.code, "bad_frame");
  });

  it("shows what other tabs write", () => {
    const events = noted(outgoing, "changed");
    page.tell("storage", { key: "desk:chat:acme:out:1" });
    assert.deepEqual(events, [["changed", "c1"]]);
  });
});

// The tabs of one browser: what one posts, the others get.
class Browser {
  #channels = [];

  channel = () => {
    const own = new EventTarget();
    own.postMessage = (data) => {
      for (const other of [...this.#channels]) {
        if (other !== own) other.dispatchEvent(Object.assign(new Event("message"), { data }));
      }
    };
    this.#channels.push(own);
    return own;
  };

  closeFirst() {
    this.#channels.shift();
  }
}

describe("TabDrafts", () => {
  let browser;
  const openTab = (session = new FakeStorage()) => {
    const tools = { storage, session: () => session, channel: browser.channel, timers: time.timers };
    return new TabDrafts("chat:acme", tools);
  };

  beforeEach(() => {
    browser = new Browser();
  });

  it("survives a reload", () => {
    const session = new FakeStorage();
    openTab(session).open("c1");
    const tab = openTab(session);
    tab.open("c1");
    tab.set("Hello");
    browser = new Browser();
    assert.equal(openTab(session).open("c1"), "Hello");
  });

  it("leaves the words of other tabs alone", () => {
    const [one, other] = [openTab(), openTab()];
    one.open("c1");
    one.set("Hello");
    const events = noted(other, "found", "double");
    assert.equal(other.open("c1"), "");
    time.advance(300);
    assert.deepEqual(events, []);
    other.set("");
    assert.equal(storage.keys("").length, 1);
  });

  it("goes on with the words of a tab that was closed", () => {
    const gone = openTab();
    gone.open("c1");
    gone.set("Hello");
    browser.closeFirst();
    const tab = openTab();
    const events = noted(tab, "found");
    tab.open("c1");
    time.advance(300);
    assert.deepEqual(events, [["found", "Hello"]]);
    assert.equal(storage.keys("").length, 1, "they have moved");
  });

  it("takes the newest words of several closed tabs", () => {
    storage.write("desk:chat:acme:draft:c1:old", { text: "old", at: 1 });
    storage.write("desk:chat:acme:draft:c1:new", { text: "new", at: 2 });
    storage.write("desk:chat:acme:draft:c1:empty", { text: "", at: 3 });
    const tab = openTab();
    const events = noted(tab, "found");
    tab.open("c1");
    time.advance(300);
    assert.deepEqual(events, [["found", "new"]]);
  });

  it("becomes a tab of its own where it is the copy of an open one", () => {
    const session = new FakeStorage();
    const original = openTab(session);
    original.open("c1");
    original.set("Hello");
    const copied = new FakeStorage();
    copied.values = new Map(session.values);
    const copy = openTab(copied);
    const events = noted(copy, "double", "found");
    assert.equal(copy.open("c1"), "Hello");
    time.advance(300);
    assert.deepEqual(events, [["double", undefined]]);
    copy.set("Other words");
    assert.equal(storage.keys("").length, 2);
  });

  it("writes its words again where another tab took it for gone", () => {
    const slow = openTab();
    slow.open("c1");
    slow.set("Hello");
    const [key] = storage.keys("");
    storage.remove(key);
    const other = browser.channel();
    other.postMessage({ t: "took", tab: key.split(":").at(-1) });
    assert.equal(storage.read(key).text, "Hello");
  });

  it("takes the words in the field along to a new conversation", () => {
    const tab = openTab();
    tab.open("c1");
    tab.set("Hello");
    assert.equal(tab.open("c2", "Hello again"), "Hello again");
    assert.deepEqual(
      storage.keys("").map((key) => key.split(":")[4]),
      ["c2"],
    );
  });

  it("forgets the drafts of other conversations", () => {
    const tab = openTab();
    tab.open("c1");
    tab.set("Hello");
    storage.write("desk:chat:acme:draft:c0:x", { text: "old" });
    tab.tidy();
    assert.equal(storage.keys("").length, 1);
  });

  it("works without a storage for tabs and without channels", () => {
    const session = new FakeStorage();
    session.isOff = true;
    const tools = { storage, session: () => session, channel: () => null, timers: time.timers };
    const tab = new TabDrafts("chat:acme", tools);
    const events = noted(tab, "found");
    storage.write("desk:chat:acme:draft:c1:gone", { text: "Hello", at: 1 });
    tab.open("c1");
    time.advance(0);
    assert.deepEqual(events, [["found", "Hello"]]);
  });
});
