// What this browser keeps: values by key, drafts by conversation, and how an agent likes the desk.

// JSON values by key. Where storage is full or switched off, values last as long as the page.
export class JsonStorage {
  #storage;
  #memory = new Map();

  // `storage()` returns a Web Storage. A browser may throw when a page names it.
  constructor(storage) {
    this.#storage = storage;
  }

  // The value, or null.
  read(key) {
    try {
      return JSON.parse(this.#storage().getItem(key) ?? this.#memory.get(key) ?? "null");
    } catch {
      return JSON.parse(this.#memory.get(key) ?? "null");
    }
  }

  write(key, value) {
    const text = JSON.stringify(value);
    try {
      this.#storage().setItem(key, text);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, text);
    }
  }

  remove(key) {
    this.#memory.delete(key);
    try {
      this.#storage().removeItem(key);
    } catch {
      // Storage is switched off: nothing was kept there.
    }
  }

  // All keys that begin with `prefix`, sorted.
  keys(prefix) {
    const found = new Set(this.#memory.keys());
    try {
      const storage = this.#storage();
      for (let index = 0; index < storage.length; index += 1) found.add(storage.key(index));
    } catch {
      // Storage is switched off.
    }
    return [...found].filter((key) => key.startsWith(prefix)).sort();
  }
}

export const browserStorage = new JsonStorage(() => localStorage);

// Drafts by conversation: {text, cursor, revision}, how they were made and for whom. Each draft has a key of its own, so
// that two tabs never write over each other's.
export class Drafts {
  #prefix;
  #storage;

  constructor(owner, storage = browserStorage) {
    this.#prefix = `desk:${owner}:draft:`;
    this.#storage = storage;
  }

  get(conversation) {
    return this.#storage.read(this.#prefix + conversation);
  }

  set(conversation, draft) {
    this.#storage.write(this.#prefix + conversation, draft);
  }

  remove(conversation) {
    this.#storage.remove(this.#prefix + conversation);
  }

  // The drafts that hold words, each with its conversation.
  all() {
    return this.#conversations()
      .map((conversation) => ({ conversation, ...this.get(conversation) }))
      .filter((draft) => draft.text?.trim());
  }

  // Remove the empty drafts of all conversations but `present`.
  tidy(present) {
    for (const conversation of this.#conversations()) {
      if (!present.has(conversation) && !this.get(conversation)?.text) this.remove(conversation);
    }
  }

  // The draft that another tab has written, with its conversation, or null. `event`: a storage event.
  writtenElsewhere({ key, newValue }) {
    if (!key?.startsWith(this.#prefix) || !newValue) return null;
    return { conversation: key.slice(this.#prefix.length), ...JSON.parse(newValue) };
  }

  #conversations() {
    return this.#storage.keys(this.#prefix).map((key) => key.slice(this.#prefix.length));
  }
}

// What holds where the agent has chosen nothing. `sound…`, `notify…`: how the desk rings for what, see `desk/bell.js`.
const DEFAULTS = {
  sendKey: "enter",
  announce: true,
  singleKeys: true,
  altKeys: true,
  sideClosed: false,
  overlayClosed: true,
  textSize: "medium",
  soundConversation: true,
  soundMessage: true,
  soundLate: true,
  notifyConversation: true,
  notifyMessage: true,
  notifyLate: true,
  notifyText: false,
};

// How an agent likes the desk in this browser, in all its tabs.
export class Preferences {
  #key;
  #storage;

  constructor(agent, storage = browserStorage) {
    this.#key = `desk:${agent}:preferences`;
    this.#storage = storage;
  }

  get(name) {
    return this.#storage.read(this.#key)?.[name] ?? DEFAULTS[name];
  }

  set(name, value) {
    this.#storage.write(this.#key, { ...this.#storage.read(this.#key), [name]: value });
  }

  // Call `changed` when another tab has changed a preference. `page` gets the storage events.
  onChangeElsewhere(changed, page = window) {
    page.addEventListener("storage", (event) => {
      if (event.key === this.#key || event.key === null) changed();
    });
  }
}
