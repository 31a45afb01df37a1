// What this browser keeps for an agent: messages that are not stored yet, and drafts. Both survive the tab.
//
// Each message and each draft has a key of its own, so that two tabs never write over each other's.

const memory = new Map();

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? memory.get(key) ?? "null");
  } catch {
    return JSON.parse(memory.get(key) ?? "null");
  }
}

function write(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text); // storage is full or switched off: it lasts for this tab
  }
}

function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

function keys(start) {
  const found = new Set(memory.keys());
  try {
    for (let place = 0; place < localStorage.length; place += 1) found.add(localStorage.key(place));
  } catch {
    // Storage is switched off.
  }
  return [...found].filter((key) => key.startsWith(start)).sort();
}

// Messages on their way, in the order they were sent. One: {client_id, conversation, text, sent_at, kind, revision,
// usage, customer, refused: {code, message} or null}.
export class Outbox {
  #start;
  #count = 0;

  constructor(agent) {
    this.#start = `desk:${agent}:out:`;
  }

  add(message) {
    // By this computer's clock, whatever the message says: the server's may become known between two messages.
    const order = `${Date.now()}`.padStart(14, "0") + `${(this.#count += 1)}`.padStart(6, "0");
    write(`${this.#start}${order}:${message.client_id}`, message);
  }

  all() {
    return keys(this.#start).map(read).filter(Boolean);
  }

  of(conversation) {
    return this.all().filter((message) => message.conversation === conversation);
  }

  // The message, or null.
  find(client_id) {
    const key = this.#key(client_id);
    return key ? read(key) : null;
  }

  change(client_id, fields) {
    const key = this.#key(client_id);
    if (key) write(key, { ...read(key), ...fields });
  }

  // The message that left, or null.
  remove(client_id) {
    const key = this.#key(client_id);
    if (!key) return null;
    const message = read(key);
    remove(key);
    return message;
  }

  #key(client_id) {
    return keys(this.#start).find((key) => key.endsWith(`:${client_id}`));
  }
}

// For how many seconds this message has waited, by this browser's clock at both ends: the server knows the time.
export const waited = ({ sent_at }) => Math.max(0, Date.now() / 1000 - sent_at);

// Drafts by conversation: {text, cursor, revision}, and how they were made and for whom.
export class Drafts {
  #start;

  constructor(agent) {
    this.#start = `desk:${agent}:draft:`;
  }

  get(conversation) {
    return read(this.#start + conversation);
  }

  set(conversation, draft) {
    write(this.#start + conversation, draft);
  }

  remove(conversation) {
    remove(this.#start + conversation);
  }

  // Those with words in them, each with its conversation.
  all() {
    const found = keys(this.#start).map((key) => ({ conversation: key.slice(this.#start.length), ...read(key) }));
    return found.filter((draft) => draft.text?.trim());
  }

  // Those of conversations that are not here any more go, unless there are words in them.
  tidy(here) {
    for (const key of keys(this.#start)) {
      if (!here.has(key.slice(this.#start.length)) && !read(key)?.text) remove(key);
    }
  }
}

// What holds where nothing was chosen. `sound…`, `notify…`: how the desk rings for what, see `bell.js`.
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

// How this agent likes the desk, in this browser. What is changed in one tab holds in all at once.
export class Preferences {
  #key;

  constructor(agent) {
    this.#key = `desk:${agent}:preferences`;
  }

  get(name) {
    return read(this.#key)?.[name] ?? DEFAULTS[name];
  }

  set(name, value) {
    write(this.#key, { ...read(this.#key), [name]: value });
  }

  // Another tab has changed something.
  heed(changed) {
    addEventListener("storage", (event) => (event.key === this.#key || event.key === null) && changed());
  }
}

// For what else is kept in the browser, key by key.
export { keys, read, remove, write };
