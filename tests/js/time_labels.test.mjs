import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Days, now, onNewDay, setServerTime, waitLabel } from "#lib/time_labels.js";
import { FakePage } from "./fakes.mjs";

const at = (text) => Date.parse(text) / 1000;

describe("the server's clock", () => {
  it("is this computer's until the server has said its time", () => {
    assert.ok(Math.abs(now() - Date.now() / 1000) < 1);
  });

  it("counts on from what the server said, and ignores what is no number", () => {
    setServerTime(1_000_000);
    assert.ok(now() - 1_000_000 < 1);
    setServerTime(undefined);
    setServerTime(Number.NaN);
    assert.ok(now() - 1_000_000 < 1);
  });
});

describe("waitLabel", () => {
  for (const [seconds, label] of [
    [-5, "0s"],
    [0, "0s"],
    [45.9, "45s"],
    [60, "1m"],
    [3_599, "59m"],
    [3_600, "1h 0m"],
    [3_900, "1h 5m"],
    [100_000, "27h 46m"],
  ]) {
    it(`says ${label} for ${seconds} seconds`, () => assert.equal(waitLabel(seconds), label));
  }
});

describe("Days", () => {
  const days = (zone, moment) => new Days(zone, () => at(moment));

  it("gives a moment the date and the time of its zone", () => {
    const moment = at("2026-11-27T23:30:00Z");
    assert.equal(days("UTC", "2026-11-28T12:00:00Z").of(moment), "2026-11-27");
    assert.equal(days("UTC", "2026-11-28T12:00:00Z").time(moment), "23:30");
    assert.equal(days("Asia/Kathmandu", "2026-11-28T12:00:00Z").of(moment), "2026-11-28");
    assert.equal(days("Asia/Kathmandu", "2026-11-28T12:00:00Z").time(moment), "05:15");
  });

  it("writes midnight as 00:00", () => {
    assert.equal(days("UTC", "2026-11-28T12:00:00Z").time(at("2026-11-28T00:00:00Z")), "00:00");
  });

  it("says today, yesterday, else weekday and date", () => {
    const words = (day) => days("UTC", "2026-11-28T12:00:00Z").inWords(day);
    assert.equal(words("2026-11-28"), "Today");
    assert.equal(words("2026-11-27"), "Yesterday");
    assert.equal(words("2026-11-26"), "Thursday 26 November 2026");
    assert.equal(words("2026-11-29"), "Sunday 29 November 2026");
  });

  it("knows yesterday on the day after a day of 23 or 25 hours, and over months", () => {
    const yesterday = (moment, day) => days("America/New_York", moment).inWords(day);
    assert.equal(yesterday("2026-03-09T04:30:00Z", "2026-03-08"), "Yesterday");
    assert.equal(yesterday("2026-11-02T05:30:00Z", "2026-11-01"), "Yesterday");
    assert.equal(yesterday("2027-01-01T12:00:00Z", "2026-12-31"), "Yesterday");
    assert.equal(yesterday("2028-03-01T12:00:00Z", "2028-02-29"), "Yesterday");
  });
});

describe("onNewDay", () => {
  it("calls when the day has changed, once", (context) => {
    context.mock.method(globalThis, "setInterval", () => 0);
    const page = new FakePage();
    let moment = at("2026-11-27T23:59:00Z");
    let count = 0;
    onNewDay(new Days("UTC", () => moment), () => (count += 1), page);
    page.show("visible");
    assert.equal(count, 0);
    moment += 120;
    page.show("visible");
    page.tell("pageshow");
    assert.equal(count, 1);
  });
});
