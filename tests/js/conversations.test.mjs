import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Conversations, ConversationState } from "#desk/conversations.js";
import { EditorState } from "#desk/editor_state.js";

const ME = "maya";

const card = (id, fields = {}) => ({
  id,
  customer: `Customer ${id}`,
  upto: 0,
  read: 0,
  left: null,
  people: { tom: "Tom" },
  waits_since: null,
  late_at: null,
  greeting: null,
  ...fields,
});

const row = (sequence, role, fields = {}) => ({
  sequence,
  message: { kind: "chat", role, sender: role, text: `text ${sequence}`, created_at: 100 + sequence, ...fields },
});

describe("ConversationState", () => {
  let state;

  beforeEach(() => {
    state = new ConversationState(card("c1"), ME);
  });

  it("begins 200 rows before the end", () => {
    assert.equal(new ConversationState(card("c1", { upto: 500 }), ME).upto, 300);
    assert.equal(new ConversationState(card("c1", { upto: 20 }), ME).from, 0);
  });

  it("takes rows once, in order, and none after a gap", () => {
    assert.deepEqual(
      state.add([row(1, "customer"), row(2, "agent")], 2).map(({ sequence }) => sequence),
      [1, 2],
    );
    assert.deepEqual(
      state.add([row(2, "agent"), row(3, "customer")], 3).map(({ sequence }) => sequence),
      [3],
    );
    assert.equal(state.add([row(5, "customer")], 5), null);
    assert.equal(state.rows.length, 3);
    assert.equal(state.upto, 3);
  });

  it("knows how far it is complete where rows were left out", () => {
    state.add([], 7);
    assert.equal(state.upto, 7);
    assert.deepEqual(state.add([row(8, "customer")], 8).length, 1);
  });

  it("counts what the customer wrote since the agent read, or a colleague answered", () => {
    state.add([row(1, "customer"), row(2, "customer"), row(3, "agent", { sender: "tom" }), row(4, "customer")], 4);
    assert.equal(state.unread, 1);
    state.add(
      [{ sequence: 5, words: "Something happened" }, row(6, "customer", { kind: "note" }), row(7, "customer")],
      7,
    );
    assert.equal(state.unread, 2);
    state.readUpto(4);
    assert.equal(state.unread, 1);
    state.readUpto(2);
    assert.equal(state.read, 4, "reading never goes back");
  });

  it("counts over the agent's own messages", () => {
    state.add([row(1, "customer"), row(2, "agent", { sender: ME }), row(3, "customer")], 3);
    assert.equal(state.unread, 2);
  });

  it("says on the card who spoke last", () => {
    const said = (role, sender) => {
      state.setLast(row(1, role, { sender }).message, 60);
      return state.card.speaker;
    };
    assert.equal(said("customer", "nora"), "");
    assert.equal(said("agent", ME), "You");
    assert.equal(said("agent", "tom"), "Tom");
    assert.equal(said("system", ""), "System");
    assert.equal(state.card.preview, "text 1");
  });

  it("lets the customer wait from the first unanswered message", () => {
    state.setLast(row(1, "customer").message, 60);
    state.setLast(row(2, "customer").message, 60);
    assert.deepEqual([state.card.waits_since, state.card.late_at], [101, 161]);
    assert.equal(state.isLate(160), false);
    assert.equal(state.isLate(161), true);
    state.setLast(row(3, "system").message, 60);
    assert.equal(state.card.waits_since, 101, "the system is no answer");
    state.setLast(row(4, "agent").message, 60);
    assert.deepEqual([state.card.waits_since, state.isLate(999)], [null, false]);
  });

  it("forgets what the customer types after five seconds", () => {
    state.setTyping("Hel", 1_000);
    assert.deepEqual(state.typing(2_000), { text: "Hel", leftMs: 4_000 });
    assert.equal(state.typing(6_000).text, "");
    state.setTyping("Hello", 7_000);
    state.stopTyping();
    assert.equal(state.typing(7_001).text, "");
  });

  it("has no wait and no greeting any more when it has left", () => {
    Object.assign(state.card, { waits_since: 1, late_at: 2, greeting: {} });
    state.leave({ how: "ended" });
    const { waits_since, late_at, greeting } = state.card;
    assert.deepEqual([waits_since, late_at, greeting], [null, null, null]);
    state.leave({ how: "taken" });
    assert.deepEqual(state.left, { how: "ended" }, "how it left first");
  });

  it("has the editor's text as its draft", () => {
    assert.equal(state.draft, "");
    state.editor = new EditorState({ text: "Hello" });
    assert.equal(state.draft, "Hello");
  });
});

describe("Conversations", () => {
  let events;
  let conversations;
  const names = () => events.map(([name, about]) => [name, about?.id]);

  beforeEach(() => {
    events = [];
    const hooks = {};
    for (const name of ["joined", "renewed", "left", "shown", "closed", "follow"]) {
      hooks[name] = (...about) => events.push([name, ...about]);
    }
    conversations = new Conversations(ME, hooks);
    conversations.applyState([card("c1"), card("c2"), card("c3")]);
    conversations.choose("c1");
    events.length = 0;
  });

  it("takes what the server says, in its order", () => {
    assert.deepEqual(
      conversations.all.map(({ id }) => id),
      ["c1", "c2", "c3"],
    );
    conversations.applyState([card("c1"), card("c2"), card("c3"), card("c4")]);
    assert.deepEqual(names(), [
      ["renewed", "c1"],
      ["renewed", "c2"],
      ["renewed", "c3"],
      ["joined", "c4"],
    ]);
  });

  it("keeps what left without the agent", () => {
    conversations.applyState([card("c2"), card("c3")], { c1: { how: "taken", by: "agent" } });
    const [[name, conversation, isWrappedUp]] = events;
    assert.deepEqual([name, conversation.id, isWrappedUp], ["left", "c1", false]);
    assert.equal(conversations.open.id, "c1");
    assert.deepEqual(
      conversations.live.map(({ id }) => id),
      ["c2", "c3"],
    );
    events.length = 0;
    conversations.applyState([card("c2"), card("c3")]);
    assert.deepEqual(
      names(),
      [
        ["renewed", "c2"],
        ["renewed", "c3"],
      ],
      "it leaves once",
    );
  });

  it("closes what this page has finished", () => {
    conversations.finish("c1");
    assert.deepEqual(names(), []);
    conversations.applyState([card("c2"), card("c3")]);
    assert.deepEqual(names()[0], ["closed", "c1"]);
    assert.equal(events[0][2], true, "it was open");
  });

  it("closes what this page finishes after the server has said so", () => {
    conversations.applyState([card("c2"), card("c3")], { c1: { by: "me" } });
    conversations.finish("c1");
    assert.equal(conversations.get("c1"), undefined);
  });

  it("closes what another desk of the agent ended, where it is not on screen", () => {
    conversations.applyState([card("c1"), card("c3")], { c2: { how: "ended", by: "me" } });
    assert.deepEqual(names()[0], ["closed", "c2"]);
  });

  it("keeps one that waits for its wrap-up, and closes it after that", () => {
    conversations.applyState([card("c1"), card("c2", { left: { how: "ended" } }), card("c3")]);
    const change = events.find(([name, { id }]) => name === "renewed" && id === "c2")[2];
    assert.deepEqual(change, { hasLeft: true, isBack: false });
    events.length = 0;
    conversations.applyState([card("c1"), card("c3")]);
    assert.deepEqual(names()[0], ["closed", "c2"]);
  });

  it("says when one comes back", () => {
    conversations.applyState([card("c2"), card("c3")], { c1: { how: "returned" } });
    events.length = 0;
    conversations.applyState([card("c1"), card("c2"), card("c3")]);
    assert.deepEqual(events[0][2], { hasLeft: false, isBack: true });
    assert.equal(conversations.get("c1").left, null);
  });

  it("opens what the agent chooses, and says so once", () => {
    assert.equal(conversations.choose("c2").id, "c2");
    conversations.choose("c2");
    assert.deepEqual(names(), [["shown", "c2"]]);
    assert.equal(conversations.choose("nobody"), null);
    assert.deepEqual(events.at(-1), ["shown", null]);
  });

  it("steps around the list", () => {
    assert.equal(conversations.idAfter(1), "c2");
    assert.equal(conversations.idAfter(-1), "c3");
    assert.equal(new Conversations(ME, {}).idAfter(1), "");
  });

  it("has as the next one the next that can be answered", () => {
    assert.equal(conversations.next.id, "c2");
    conversations.applyState([card("c1"), card("c3")], { c2: { how: "taken" } });
    assert.equal(conversations.next.id, "c3");
    conversations.applyState([card("c1")], { c3: { how: "taken" } });
    assert.equal(conversations.next, undefined);
  });

  it("asks for rows that are missing", () => {
    const conversation = conversations.get("c1");
    assert.equal(conversations.addRows(conversation, { rows: [row(4, "customer")], upto: 4 }), null);
    assert.deepEqual(names(), [["follow", "c1"]]);
    assert.equal(conversations.addRows(conversation, { rows: [row(1, "customer")], upto: 1 }).length, 1);
  });

  it("does nothing where it is to close what is not there", () => {
    conversations.close("nobody");
    assert.deepEqual(events, []);
  });
});
