import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drafts, JsonStorage, Preferences } from "#lib/storage.js";
import { FakePage, FakeStorage } from "./fakes.mjs";

function start() {
  const web = new FakeStorage();
  return { web, storage: new JsonStorage(() => web) };
}

describe("JsonStorage", () => {
  it("keeps values", () => {
    const { storage, web } = start();
    storage.write("a", { text: "x" });
    assert.deepEqual(storage.read("a"), { text: "x" });
    assert.equal(web.values.get("a"), '{"text":"x"}');
    storage.remove("a");
    assert.equal(storage.read("a"), null);
  });

  it("lists keys by their beginning, sorted", () => {
    const { storage } = start();
    for (const key of ["b:2", "a:1", "b:1"]) storage.write(key, 1);
    assert.deepEqual(storage.keys("b:"), ["b:1", "b:2"]);
  });

  it("keeps in memory what a full storage does not take", () => {
    const { storage, web } = start();
    web.isFull = true;
    storage.write("a", 1);
    assert.equal(storage.read("a"), 1);
    assert.deepEqual(storage.keys(""), ["a"]);
    web.isFull = false;
    storage.write("a", 2);
    assert.equal(web.values.get("a"), "2");
    storage.remove("a");
    assert.equal(storage.read("a"), null);
  });

  it("works where storage is switched off", () => {
    const { storage, web } = start();
    web.isOff = true;
    storage.write("a", 1);
    assert.equal(storage.read("a"), 1);
    assert.deepEqual(storage.keys("a"), ["a"]);
    storage.remove("a");
    assert.equal(storage.read("a"), null);
    assert.deepEqual(storage.keys("a"), []);
  });

  it("works where a page may not even name the storage", () => {
    const storage = new JsonStorage(() => {
      throw new Error("SecurityError");
    });
    storage.write("a", 1);
    assert.equal(storage.read("a"), 1);
  });

  it("reads nothing where somebody has written no JSON", () => {
    const { storage, web } = start();
    web.values.set("a", "{broken");
    assert.equal(storage.read("a"), null);
  });
});

describe("Drafts", () => {
  it("keeps one draft for each conversation of its owner", () => {
    const { storage, web } = start();
    const drafts = new Drafts("maya", storage);
    drafts.set("c1", { text: "Hello", cursor: 5, revision: 2 });
    assert.deepEqual(drafts.get("c1"), { text: "Hello", cursor: 5, revision: 2 });
    assert.equal(new Drafts("tom", storage).get("c1"), null);
    assert.deepEqual([...web.values.keys()], ["desk:maya:draft:c1"]);
    drafts.remove("c1");
    assert.equal(drafts.get("c1"), null);
  });

  it("lists the drafts that hold words", () => {
    const { storage } = start();
    const drafts = new Drafts("maya", storage);
    drafts.set("c1", { text: "Hello" });
    drafts.set("c2", { text: "  \n" });
    drafts.set("c3", { text: "" });
    assert.deepEqual(drafts.all(), [{ conversation: "c1", text: "Hello" }]);
  });

  it("tidies empty drafts of conversations that are gone", () => {
    const { storage } = start();
    const drafts = new Drafts("maya", storage);
    drafts.set("gone", { text: "" });
    drafts.set("gone but written", { text: "Hello" });
    drafts.set("here", { text: "" });
    drafts.tidy(new Set(["here"]));
    assert.equal(drafts.get("gone"), null);
    assert.deepEqual(drafts.get("gone but written"), { text: "Hello" });
    assert.deepEqual(drafts.get("here"), { text: "" });
  });

  it("tells the draft of another tab from other keys", () => {
    const drafts = new Drafts("maya", start().storage);
    const newValue = '{"text":"Hi","revision":3}';
    const draft = drafts.writtenElsewhere({ key: "desk:maya:draft:c1", newValue });
    assert.deepEqual(draft, { conversation: "c1", text: "Hi", revision: 3 });
    assert.equal(drafts.writtenElsewhere({ key: "desk:tom:draft:c1", newValue }), null);
    assert.equal(drafts.writtenElsewhere({ key: "desk:maya:draft:c1", newValue: null }), null);
    assert.equal(drafts.writtenElsewhere({ key: null, newValue: null }), null, "all of the storage was cleared");
  });
});

describe("Preferences", () => {
  it("has defaults", () => {
    const preferences = new Preferences("maya", start().storage);
    assert.equal(preferences.get("sendKey"), "enter");
    assert.equal(preferences.get("notifyText"), false);
  });

  it("keeps what was chosen, also where that is false", () => {
    const { storage } = start();
    const preferences = new Preferences("maya", storage);
    preferences.set("announce", false);
    preferences.set("textSize", "large");
    assert.equal(new Preferences("maya", storage).get("announce"), false);
    assert.equal(preferences.get("textSize"), "large");
    assert.equal(new Preferences("tom", storage).get("textSize"), "medium");
  });

  it("says when another tab has changed one", () => {
    const page = new FakePage();
    const preferences = new Preferences("maya", start().storage);
    let count = 0;
    preferences.onChangeElsewhere(() => (count += 1), page);
    page.tell("storage", { key: "desk:tom:preferences" });
    assert.equal(count, 0);
    page.tell("storage", { key: "desk:maya:preferences" });
    page.tell("storage", { key: null });
    assert.equal(count, 2);
  });
});
