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
    const order = `${Math.round(message.sent_at * 1000)}`.padStart(14, "0") + `${(this.#count += 1)}`.padStart(6, "0");
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

// Drafts by conversation: {text, cursor, revision}.
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

  // Those of conversations that are not here any more go, unless there are words in them.
  tidy(here) {
    for (const key of keys(this.#start)) {
      if (!here.has(key.slice(this.#start.length)) && !read(key)?.text) remove(key);
    }
  }
}

// How this agent likes the desk, in this browser.
export class Preferences {
  #key;
  #otherwise;

  // `otherwise`: what holds where nothing was chosen.
  constructor(agent, otherwise) {
    this.#key = `desk:${agent}:preferences`;
    this.#otherwise = otherwise;
  }

  get(name) {
    return read(this.#key)?.[name] ?? this.#otherwise[name];
  }

  set(name, value) {
    write(this.#key, { ...read(this.#key), [name]: value });
  }
}
