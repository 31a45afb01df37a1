// The chat page: what the server says goes to the log and the state of the page; what the customer does goes back.

import { Field } from "#chat/field.js";
import { bannerLabel, Log, statusLabel } from "#chat/log.js";
import { Outgoing } from "#chat/outgoing.js";
import { copyText } from "#lib/clipboard.js";
import { Connection } from "#lib/connection.js";
import { setServerTime } from "#lib/time_labels.js";
import { useTimerWorker } from "#lib/timers.js";

class Chat {
  #root = document.querySelector("[data-chat]");
  #owner = `chat:${this.#root.dataset.chat}`;
  #conversation = this.#root.dataset.conversation;
  #status = "none";
  #awaited = 0; // rows up to this number are history, not news
  #unread = 0;
  #title = document.title;
  #part = (name) => this.#root.querySelector(`[data-${name}]`);

  constructor() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.connection = new Connection(`${scheme}://${location.host}/chat/${this.#root.dataset.chat}/socket`);
    useTimerWorker(this.#root.dataset.timerWorker);
    this.log = new Log(this.#root, (what, clientId) => this.#decide(what, clientId));
    this.outgoing = new Outgoing(this.#owner, this.connection);
    this.field = new Field(this.#root, this.#owner, {
      add: (text) => this.outgoing.write(text),
      sent: () => this.log.toEnd(),
      tell: (text) => this.connection.send({ t: "typing", text }),
      isOver: () => this.#status === "ended",
      announce: (words) => this.#announce(words),
    });
    this.#listen();
    this.#start();
  }

  #listen() {
    const { connection } = this;
    connection.addEventListener("up", () => {
      connection.send({ t: "hello", conversation: this.#conversation, resume: this.log.upto });
    });
    connection.addEventListener("down", () => this.#showPending());
    connection.addEventListener("out", () => this.#isOut());
    connection.addEventListener("banner", ({ detail }) => {
      this.#part("banner").className = `banner${detail ? ` banner--${detail}` : ""}`;
      this.#part("banner").textContent = bannerLabel(detail);
    });
    connection.addEventListener("frame", ({ detail }) => this.#received(detail));
    this.outgoing.addEventListener("changed", () => this.#showPending());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#showUnread(0);
    });
    for (const button of document.querySelectorAll("[data-forget]")) {
      button.addEventListener("click", () => this.#forget());
    }
  }

  #start() {
    startLeaveMenu(this.#part("leave"));
    this.outgoing.begin(this.#conversation);
    this.field.open(this.#conversation);
    this.#showPending();
    this.connection.open();
    this.field.focus();
  }

  // --- what the server says -------------------------------------------------------------------------------------------

  #received(frame) {
    const isHere = frame.conversation === this.#conversation;
    switch (frame.t) {
      case "welcome":
        this.#welcome(frame);
        break;
      case "rows":
        if (isHere) this.#rows(frame);
        break;
      case "state":
        if (isHere) this.#showState(frame);
        break;
      case "stored":
        // Its row stands here before the bubble on its way goes, where nothing is missing between.
        if (isHere && frame.row.sequence === this.log.upto + 1) this.log.add([frame.row], frame.row.sequence);
        this.outgoing.stored(frame);
        break;
      case "refused":
        this.outgoing.refused(frame);
        break;
      case "typing":
        if (isHere) this.log.typing(frame.who);
        break;
      case "error":
        if (frame.of === "send") this.outgoing.refused({ ...frame, client_id: frame.ref });
        break;
    }
  }

  #welcome(frame) {
    setServerTime(frame.now);
    if (frame.conversation === null) {
      location.reload(); // no conversation any more: the form asks anew
      return;
    }
    if (frame.conversation !== this.#conversation) {
      this.log.clear();
      this.#conversation = frame.conversation;
      this.field.moveTo(this.#conversation);
    }
    this.field.tidy();
    this.#awaited = frame.upto;
    if (this.log.upto >= this.#awaited) this.log.isComplete();
    this.#showState(frame);
    this.outgoing.resume(this.#conversation);
    this.#showPending();
  }

  #rows({ rows, upto }) {
    const conversation = this.#conversation;
    let unread = this.#unread;
    for (const { message } of this.log.add(rows, upto)) {
      if (!message) continue;
      if (message.role !== "customer") this.log.typed();
      else if (message.client_id) this.outgoing.stored({ conversation, client_id: message.client_id });
      if (message.role !== "customer" && document.hidden && upto > this.#awaited) unread += 1;
    }
    if (this.log.upto >= this.#awaited) this.log.isComplete();
    this.#showUnread(unread);
  }

  #showState(state) {
    const isNews = state.status === "ended" && this.#status !== "ended";
    this.#status = state.status;
    this.#root.dataset.status = state.status;
    this.#part("state").textContent = statusLabel(state);
    const isOver = state.status === "ended";
    const hadFocus = this.#part("compose").contains(document.activeElement);
    this.#part("compose").hidden = isOver;
    this.#part("over").hidden = !isOver;
    if (!isNews) return;
    this.log.typed();
    if (hadFocus) this.#part("over").querySelector("[tabindex]").focus();
  }

  // The server knows this visitor no more.
  #isOut() {
    this.#part("compose").hidden = true;
    this.#part("over").hidden = true;
    this.#part("out").hidden = false;
    this.#part("state").textContent = "Ended";
    this.#part("out").querySelector("[tabindex]").focus();
  }

  // --- what the customer does -----------------------------------------------------------------------------------------

  #decide(what, clientId) {
    if (what === "retry") this.outgoing.retry(clientId);
    else if (what === "drop") this.outgoing.drop(clientId);
    else this.#copy(this.outgoing.outbox.find(clientId)?.text);
  }

  async #copy(words) {
    if (!words) return;
    if (await copyText(words)) this.#announce("Copied");
    else this.field.append(words); // not allowed here: the customer can copy it from the field
  }

  #forget() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`desk:${this.#owner}:`)) localStorage.removeItem(key);
    }
  }

  // --- the page -------------------------------------------------------------------------------------------------------

  #showPending() {
    this.log.pending(this.outgoing.all, this.connection.isUp);
  }

  #showUnread(count) {
    this.#unread = count;
    document.title = count ? `(${count}) ${this.#title}` : this.#title;
  }

  #announce(words) {
    this.#part("said").textContent = words;
  }
}

// The question whether to end goes away with Escape and with a press elsewhere, as menus do.
function startLeaveMenu(menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

new Chat();
