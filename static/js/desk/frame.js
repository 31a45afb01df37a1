// What stands around the transcript and the composer: the cards at the left, the head of the conversation, the greeting
// that counts down, the banner of the line, alerts, and what could not be sent.

import { now } from "#lib/clock.js";
import { markOf } from "#desk/left.js";
import { showHandover } from "#desk/transfer.js";

const ALERT_MS = 12_000;

const BANNERS = {
  offline: "You are offline. What you write is kept and sent when you are back.",
  disconnected: "Disconnected. What you write is kept and sent when the line is back.",
  reconnecting: "Reconnecting. You can go on writing.",
  "too-fast": "The line was closed: this page sent too much at once. It comes back in a moment; what you write is kept.",
  connected: "Connected. Everything is up to date.",
  unwelcome: "The desk cannot be loaded. What you write is kept; trying again.",
};

// How long somebody has waited, for the eye: 45s, 3m, 1h 5m.
function waited(since) {
  const seconds = Math.max(0, Math.floor(now() - since));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

// The agent's conversations, one card each, in the order they came. Cards are changed in place, never moved, so that
// nothing slips away under the pointer.
class Cards {
  #list;
  #template;
  #choose;

  constructor(list, template, choose, close) {
    this.#list = list;
    this.#template = template;
    this.#choose = choose;
    list.addEventListener("click", (event) => {
      const closing = event.target.closest("[data-close-card]");
      if (closing) close(closing.parentElement.querySelector("[data-card]").dataset.card);
      const card = event.target.closest("[data-card]");
      if (card) this.#choose(card.dataset.card);
    });
    // Times go on without anybody saying so.
    setInterval(() => this.#tick(), 1_000);
  }

  // `talks` in the order of the cards; `open`: the one on screen.
  show(talks, open) {
    const known = new Map([...this.#list.children].map((row) => [row.firstElementChild.dataset.card, row]));
    for (const [id, row] of known) {
      if (talks.some((talk) => talk.card.id === id)) continue;
      const hadFocus = row.contains(document.activeElement);
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (hadFocus) (beside?.firstElementChild ?? this.#list.closest("[data-pane-name]")).focus();
    }
    for (const talk of talks) {
      let row = known.get(talk.card.id);
      if (!row) {
        row = this.#template.content.firstElementChild.cloneNode(true);
        this.#list.append(row);
      }
      this.#fill(row.firstElementChild, talk, talk.card.id === open);
    }
  }

  #fill(button, talk, isOpen) {
    const { card } = talk;
    const part = (name) => button.querySelector(`[data-${name}]`);
    button.dataset.card = card.id;
    button.setAttribute("aria-current", String(isOpen));
    button.style.setProperty("--own", `var(--own-${card.color})`);
    part("initials").textContent = card.initials || "?";
    part("name").textContent = card.customer;
    part("line").textContent = talk.draft
      ? talk.draft
      : `${card.speaker ? `${card.speaker}: ` : ""}${card.preview || "No messages yet"}`;
    part("draft").hidden = !talk.draft;
    part("about").textContent = [card.queue, card.channel].filter(Boolean).join(" · ");
    const unread = isOpen && document.visibilityState === "visible" ? 0 : talk.unread;
    part("unread").hidden = !unread;
    part("unread").textContent = unread;
    button.classList.toggle("card-row--unread", unread > 0);
    part("greets").hidden = !card.greeting;
    const mark = markOf(talk);
    part("left-mark").textContent = mark;
    part("left-mark").hidden = !mark;
    button.classList.toggle("card-row--left", Boolean(mark));
    const close = button.parentElement.querySelector("[data-close-card]");
    close.hidden = !mark || Boolean(card.left);
    close.firstElementChild.textContent = `Close ${card.customer}`;
    Object.assign(button.dataset, { since: card.waits_since ?? "", late: card.late_at ?? "" });
    this.#wait(button);
  }

  #tick() {
    for (const row of this.#list.children) this.#wait(row.firstElementChild);
  }

  #wait(button) {
    const wait = button.querySelector("[data-wait]");
    const { since, late } = button.dataset;
    wait.hidden = !since;
    const text = since ? waited(Number(since)) : "";
    if (wait.lastElementChild.textContent !== text) wait.lastElementChild.textContent = text;
    wait.classList.toggle("wait--late", Boolean(since) && now() >= Number(late));
  }
}

export class Frame {
  #part;
  #templates;
  #cards;
  #alerting = null;

  // `choose(id)`: a card was pressed. `close(id)`: the agent is done with one that has left.
  constructor(root, templates, choose, close) {
    this.#part = (name) => root.querySelector(`[data-${name}]`);
    this.#templates = templates;
    this.#cards = new Cards(this.#part("cards"), templates.card, choose, close);
  }

  // `talks` in the order they came; `open`: the one on screen.
  cards(talks, open) {
    this.#cards.show(talks, open);
    this.#part("count").textContent = talks.filter((talk) => !talk.left).length || "";
    this.#part("no-cards").hidden = talks.length > 0;
    const unread = talks.reduce((sum, talk) => sum + talk.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}Desk · Agent Desk`;
  }

  // The conversation that is open, or null. `above`: there is something earlier to show.
  head(talk, above) {
    this.#part("nothing").hidden = Boolean(talk);
    this.#part("talk").hidden = !talk;
    this.greeting(talk);
    if (!talk) return;
    showHandover(talk.card.handover);
    this.#part("customer").textContent = talk.card.customer;
    this.#part("head-about").textContent = [talk.card.queue, talk.card.channel].filter(Boolean).join(" · ");
    this.#part("earlier").hidden = !above;
    this.times(talk);
  }

  times({ card, left }) {
    this.#part("head-wait").hidden = card.waits_since === null;
    const figure = this.#part("head-waited");
    figure.classList.toggle("wait--late", card.waits_since !== null && now() >= card.late_at);
    if (card.waits_since !== null) figure.textContent = waited(card.waits_since);
    this.#part("lasted").textContent = left ? "" : `with you ${waited(card.joined_at)}`;
  }

  greeting(talk) {
    const greeting = talk?.card.greeting;
    const box = this.#part("greeting");
    box.hidden = !greeting || greeting.previewed_at > now() + 0.5;
    if (box.hidden) return;
    box.querySelector("[data-greeting-text]").textContent = greeting.text;
    const left = Math.max(0, Math.ceil(greeting.due_at - now()));
    box.querySelector("[data-greeting-left]").textContent = `${left} s`;
    if (talk.greetingSaid === greeting.due_at) return;
    talk.greetingSaid = greeting.due_at;
    this.announce(`A greeting goes out in ${left} seconds. Type, or press Cancel, to stop it.`);
  }

  mayEarlier(above) {
    this.#part("earlier").hidden = !above;
  }

  maySend(may) {
    this.#part("send").disabled = !may;
  }

  // The empty banner has no height, but stays: screen readers follow only a region that they know.
  banner(state) {
    const banner = this.#part("banner");
    banner.dataset.state = state;
    banner.textContent = BANNERS[state] ?? "";
  }

  // Messages that could not be sent to conversations that are not here any more.
  unsent(lost) {
    this.#part("unsent").hidden = !lost.length;
    this.#part("unsent-list").replaceChildren(
      ...lost.map((message) => {
        const row = this.#templates.unsent.content.firstElementChild.cloneNode(true);
        row.dataset.clientId = message.client_id;
        row.querySelector("[data-to]").textContent = message.customer;
        row.querySelector("[data-words]").textContent = message.text;
        row.querySelector("[data-why]").textContent = message.refused.message;
        return row;
      }),
    );
  }

  announce(text) {
    const announcer = this.#part("announcer");
    announcer.textContent = "";
    requestAnimationFrame(() => (announcer.textContent = text));
  }

  alert(text) {
    const box = this.#part("alert");
    box.hidden = false;
    box.querySelector("span").textContent = text;
    clearTimeout(this.#alerting);
    this.#alerting = setTimeout(() => this.dismiss(), ALERT_MS);
  }

  dismiss() {
    this.#part("alert").hidden = true;
  }
}
