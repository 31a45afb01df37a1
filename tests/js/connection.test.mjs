import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BackOff, Connection } from "#lib/connection.js";
import { FakePage, FakeSocket, FakeTime, noted } from "./fakes.mjs";

const middle = () => 0.5;

function start() {
  const time = new FakeTime();
  const page = new FakePage();
  const sockets = [];
  const connection = new Connection("wss://desk.example/socket", {
    createSocket: (url) => {
      const socket = new FakeSocket();
      socket.url = url;
      sockets.push(socket);
      return socket;
    },
    timers: time.timers,
    clock: time.clock,
    random: middle,
    page,
  });
  const events = noted(connection, "up", "down", "out", "banner", "frame");
  connection.open();
  return { connection, events, page, sockets, time, latest: () => sockets.at(-1) };
}

function startUp() {
  const all = start();
  all.latest().open();
  all.events.length = 0;
  return all;
}

const banners = (events) => events.filter(([name]) => name === "banner").map(([, state]) => state);

describe("BackOff", () => {
  it("waits longer after each lost connection, up to a limit", () => {
    const backOff = new BackOff(middle);
    const waits = Array.from({ length: 7 }, () => backOff.retryMs());
    assert.deepEqual(waits, [200, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    backOff.resetRetries();
    assert.equal(backOff.retryMs(), 200);
  });

  it("spreads the pages over time", () => {
    assert.equal(new BackOff(() => 0).retryMs(), 100);
    assert.equal(new BackOff(() => 1).retryMs(), 300);
    assert.equal(new BackOff(() => 0).holdMs(), 3_750);
    assert.equal(new BackOff(() => 1).holdMs(), 6_250);
  });

  it("counts holds apart from retries", () => {
    const backOff = new BackOff(middle);
    const waits = Array.from({ length: 6 }, () => backOff.holdMs());
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    assert.equal(backOff.retryMs(), 200);
    backOff.resetHolds();
    assert.equal(backOff.holdMs(), 5_000);
  });
});

describe("Connection", () => {
  it("opens its address and says when it is up", () => {
    const { connection, events, latest } = start();
    assert.equal(latest().url, "wss://desk.example/socket");
    assert.equal(connection.isUp, false);
    latest().open();
    assert.equal(connection.isUp, true);
    assert.deepEqual(events, [["up", undefined]]);
  });

  it("sends frames while it is up and refuses them while it is down", () => {
    const { connection, latest } = start();
    assert.equal(connection.send({ t: "echo" }), false);
    latest().open();
    assert.equal(connection.send({ t: "hello" }), true);
    assert.deepEqual(latest().sent, [{ t: "hello" }]);
  });

  it("hands on frames but its own echoes", () => {
    const { events, latest } = startUp();
    latest().say({ t: "rows", rows: [] });
    latest().say({ t: "echo", n: 0 });
    assert.deepEqual(events, [["frame", { t: "rows", rows: [] }]]);
  });

  it("connects again after a lost connection, later each time", () => {
    const { sockets, time, latest } = startUp();
    latest().drop();
    time.advance(199);
    assert.equal(sockets.length, 1);
    time.advance(1);
    assert.equal(sockets.length, 2);
    latest().drop();
    time.advance(499);
    assert.equal(sockets.length, 2);
    time.advance(1);
    assert.equal(sockets.length, 3);
  });

  it("begins with the short wait again once the server has answered", () => {
    const { sockets, time, latest } = startUp();
    for (const wait of [200, 500, 1_000]) {
      latest().drop();
      time.advance(wait);
    }
    latest().open();
    latest().say({ t: "error" });
    latest().drop();
    time.advance(1_999);
    assert.equal(sockets.length, 4, "an error is no proof that the server works");
    time.advance(1);
    latest().open();
    latest().say({ t: "welcome" });
    latest().drop();
    time.advance(200);
    assert.equal(sockets.length, 6);
  });

  it("shows a banner only when the line stays down, and when it is back", () => {
    const { events, time, latest } = startUp();
    latest().drop();
    time.advance(4_000);
    assert.deepEqual(banners(events), []);
    time.advance(1_000);
    time.advance(3_000);
    assert.deepEqual(banners(events), ["disconnected", "reconnecting"]);
    latest().open();
    time.advance(3_000);
    assert.deepEqual(banners(events), ["disconnected", "reconnecting", "connected", ""]);
  });

  it("gives up a try that does not open", () => {
    const { time, latest } = start();
    const first = latest();
    time.advance(8_000);
    assert.equal(first.isClosed, true);
  });

  it("asks for an echo, and drops a line that does not answer", () => {
    const { events, sockets, time, latest } = startUp();
    const first = latest();
    time.advance(17_000);
    assert.deepEqual(first.sent, [{ t: "echo", n: 1 }]);
    time.advance(6_000);
    assert.equal(first.isClosed, true);
    assert.deepEqual(events[0], ["down", undefined]);
    time.advance(200);
    assert.equal(sockets.length, 2);
    first.drop();
    assert.equal(events.filter(([name]) => name === "down").length, 1, "the late close of the old socket is no news");
  });

  it("keeps a line that answers", () => {
    const { sockets, time, latest } = startUp();
    for (let n = 1; n <= 5; n += 1) {
      time.advance(17_000);
      latest().say({ t: "echo", n });
    }
    time.advance(6_000);
    assert.equal(sockets.length, 1);
    assert.equal(latest().sent.length, 5);
  });

  it("asks at once when the page is shown again", () => {
    const { page, latest } = startUp();
    page.show("hidden");
    assert.equal(latest().sent.length, 0);
    page.show("visible");
    assert.equal(latest().sent.length, 1);
  });

  it("connects at once when the page is shown again while the line is down", () => {
    const { page, sockets, time, latest } = startUp();
    for (const wait of [200, 500, 1_000]) {
      latest().drop();
      time.advance(wait);
    }
    latest().drop();
    page.show("visible");
    assert.equal(sockets.length, 5);
  });

  for (const [code, reason] of [
    [4401, "signed-out"],
    [4403, "not-allowed"],
    [4404, "not-here"],
  ]) {
    it(`stays away after ${code}`, () => {
      const { events, page, sockets, time, latest } = startUp();
      latest().drop(code);
      assert.deepEqual(events.at(-1), ["out", reason]);
      time.advance(600_000);
      page.show("visible");
      page.tell("online");
      page.tell("offline");
      assert.equal(sockets.length, 1);
      assert.deepEqual(banners(events), []);
    });
  }

  for (const [code, reason] of [
    [1008, "too-fast"],
    [4429, "crowded"],
  ]) {
    it(`comes back later after ${code}, whatever the user does`, () => {
      const { events, page, sockets, time, latest } = startUp();
      latest().drop(code);
      assert.deepEqual(banners(events), [reason]);
      page.show("visible");
      time.advance(4_999);
      assert.equal(sockets.length, 1);
      time.advance(1);
      assert.equal(sockets.length, 2);
      latest().open();
      assert.deepEqual(banners(events), [reason], "the server has not said anything yet");
      latest().say({ t: "welcome" });
      assert.deepEqual(banners(events), [reason, "connected"]);
    });
  }

  it("forgets its holds after a minute of calm", () => {
    const { sockets, time, latest } = startUp();
    latest().drop(1008);
    time.advance(5_000);
    latest().open();
    for (let n = 1; n <= 4; n += 1) {
      time.advance(15_000);
      latest().say({ t: "rows" });
    }
    latest().drop(1008);
    time.advance(5_000);
    assert.equal(sockets.length, 3);
  });

  it("comes back after 4409 only when the user looks at the tab", () => {
    const { events, page, sockets, time, latest } = startUp();
    latest().drop(4409);
    time.advance(600_000);
    assert.equal(sockets.length, 1);
    page.tell("focus");
    assert.equal(sockets.length, 2);
    assert.deepEqual(banners(events), ["elsewhere"]);
  });

  it("says at once that the browser is offline, and asks the server all the same", () => {
    const { events, page, time, latest } = startUp();
    page.tell("offline");
    assert.deepEqual(banners(events), ["offline"]);
    assert.deepEqual(latest().sent, [{ t: "echo", n: 1 }]);
    latest().say({ t: "echo", n: 1 });
    time.advance(3_000);
    assert.deepEqual(banners(events), ["offline", "connected", ""]);
  });

  it("connects at once when the browser is online again, whatever try hangs", () => {
    const { events, page, sockets, time, latest } = startUp();
    page.tell("offline");
    latest().drop();
    time.advance(200);
    const stuck = latest();
    page.tell("online");
    assert.equal(stuck.isClosed, true);
    assert.equal(sockets.length, 3);
    assert.equal(banners(events).at(-1), "reconnecting");
  });

  it("only asks when the browser is online again and the line never broke", () => {
    const { page, sockets, latest } = startUp();
    page.tell("online");
    assert.equal(sockets.length, 1);
    assert.deepEqual(latest().sent, [{ t: "echo", n: 1 }]);
  });

  it("begins anew where the line is up and of no use", () => {
    const { connection, sockets, time, latest } = startUp();
    const first = latest();
    connection.restart();
    assert.equal(first.isClosed, true);
    connection.restart();
    time.advance(200);
    assert.equal(sockets.length, 2);
  });

  it("leaves no timer behind when the server wants it to stay away", () => {
    const { time, latest } = startUp();
    latest().drop(4401);
    assert.equal(time.pending, 0);
  });
});
