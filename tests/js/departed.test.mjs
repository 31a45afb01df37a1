import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { markOf, sentenceOf } from "#desk/departed.js";

const time = () => "22:13";

describe("sentenceOf", () => {
  for (const [left, sentence] of [
    [{ how: "ended", by: "customer" }, "Iris ended the chat at 22:13"],
    [{ how: "ended", by: "me" }, "You ended the chat at 22:13"],
    [{ how: "ended", by: "agent", who: "Tom" }, "Tom ended the chat at 22:13"],
    [{ how: "ended", by: "system" }, "The system ended the chat at 22:13"],
    [{ how: "timed_out", by: "me" }, "You timed out Iris at 22:13"],
    [{ how: "timed_out", by: "agent", who: "Tom" }, "Iris was silent, and Tom timed out the chat at 22:13"],
    [{ how: "timed_out", by: "system" }, "Iris was silent, and the system timed out the chat at 22:13"],
    [{ how: "passed", by: "me", to: "Billing" }, "You passed this chat to Billing at 22:13"],
    [{ how: "passed", by: "agent", who: "Tom", to: "Billing" }, "Passed to Billing by Tom at 22:13"],
    [{ how: "passed", by: "system", to: "Billing" }, "Passed to Billing by the system at 22:13"],
    [{ how: "returned", to: "Billing" }, "This chat went back to the queue Billing at 22:13"],
    [{ how: "returned" }, "This chat went back to the queue at 22:13"],
    [{ how: "taken", who: "Tom" }, "Tom took over at 22:13"],
    [{ how: "in a new way" }, "This chat left your desk at 22:13"],
    [{}, "This chat is not with you any more"],
    [null, "This chat is not with you any more"],
  ]) {
    it(`says "${sentence}"`, () => assert.equal(sentenceOf(left, "Iris", time), sentence));
  }
});

describe("markOf", () => {
  it("is the word on the card", () => {
    assert.equal(markOf({ left: null, card: { left: null } }), "");
    assert.equal(markOf({ left: { how: "ended" }, card: { left: { how: "ended" } } }), "Wrap up");
    assert.equal(markOf({ left: { how: "ended" }, card: { left: null } }), "Ended");
    assert.equal(markOf({ left: { how: "timed_out" }, card: { left: null } }), "Ended");
    assert.equal(markOf({ left: { how: "passed" }, card: { left: null } }), "Left");
  });
});
