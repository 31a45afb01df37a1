// What stands around the transcript and the composer: the cards at the left, the head of the conversation, the greeting
// that counts down, the banner of the line, alerts, and what could not be sent.

import { markOf } from "#desk/departed.js";
import { now, waitLabel } from "#lib/time_labels.js";

const ALERT_MS = 12_000;

const BANNERS = {
  offline: "You are offline. What you write is kept and sent when you are back.",
  disconnected: "Disconnected. What you write is kept and sent when the line is back.",
  reconnecting: "Reconnecting. You can go on writing.",
  "too-fast":
    "The line was closed: this page sent too much at once. It comes back in a moment; what you write is kept.",
  connected: "Connected. Everything is up to date.",
  unwelcome: "The desk cannot be loaded. What you write is kept; trying again.",
};

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

  // `open`: the conversation on screen, or null.
  show(conversations, open) {
    const known = new Map([...this.#list.children].map((row) => [row.firstElementChild.dataset.card, row]));
    for (const [id, row] of known) {
      if (conversations.some((one) => one.id === id)) continue;
      const hadFocus = row.contains(document.activeElement);
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (hadFocus) (beside?.firstElementChild ?? this.#list.closest("[data-pane-name]")).focus();
    }
    for (const conversation of conversations) {
      let row = known.get(conversation.id);
      if (!row) {
        row = this.#template.content.firstElementChild.cloneNode(true);
        this.#list.append(row);
      }
      this.#fill(row.firstElementChild, conversation, conversation === open);
    }
  }

  #fill(button, conversation, isOpen) {
    const { card, draft } = conversation;
    const part = (name) => button.querySelector(`[data-${name}]`);
    button.dataset.card = card.id;
    button.setAttribute("aria-current", String(isOpen));
    button.style.setProperty("--own", `var(--own-${card.color})`);
    part("initials").textContent = card.initials || "?";
    part("name").textContent = card.customer;
    const speaker = card.speaker ? `${card.speaker}: ` : "";
    part("line").textContent = draft || `${speaker}${card.preview || "No messages yet"}`;
    part("draft").hidden = !draft;
    part("about").textContent = [card.queue, card.channel].filter(Boolean).join(" · ");
    const unread = isOpen && document.visibilityState === "visible" ? 0 : conversation.unread;
    part("unread").hidden = !unread;
    part("unread").textContent = unread;
    button.classList.toggle("card-row--unread", unread > 0);
    part("greets").hidden = !card.greeting;
    const mark = markOf(conversation);
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
    const text = since ? waitLabel(now() - Number(since)) : "";
    if (wait.lastElementChild.textContent !== text) wait.lastElementChild.textContent = text;
    wait.classList.toggle("wait--late", Boolean(since) && now() >= Number(late));
  }
}

export class Layout {
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

  // `conversations` in the order they came; `open`: the one on screen, or null.
  showCards(conversations, open) {
    this.#cards.show(conversations, open);
    this.#part("count").textContent = conversations.filter(({ left }) => !left).length || "";
    this.#part("no-cards").hidden = conversations.length > 0;
    const unread = conversations.reduce((sum, one) => sum + one.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}Desk · Agent Desk`;
  }

  // `conversation`: the one that is open, or null. `mayEarlier`: there is something earlier to show.
  showHead(conversation, mayEarlier) {
    this.#part("nothing").hidden = Boolean(conversation);
    this.#part("talk").hidden = !conversation;
    this.showGreeting(conversation);
    if (!conversation) return;
    const { card } = conversation;
    this.#showHandover(card.handover);
    this.#part("customer").textContent = card.customer;
    this.#part("head-about").textContent = [card.queue, card.channel].filter(Boolean).join(" · ");
    this.mayEarlier(mayEarlier);
    this.showTimes(conversation);
  }

  // Who passed the conversation to this agent: as on its card, or null.
  #showHandover(handover) {
    this.#part("handover").hidden = !handover;
    this.#part("handover-by").textContent = handover?.by ?? "";
    this.#part("handover-queue").textContent = handover?.queue ? ` through ${handover.queue}` : "";
    this.#part("handover-note").textContent = handover?.note ?? "";
  }

  showTimes({ card, left }) {
    this.#part("head-wait").hidden = card.waits_since === null;
    const figure = this.#part("head-waited");
    figure.classList.toggle("wait--late", card.waits_since !== null && now() >= card.late_at);
    if (card.waits_since !== null) figure.textContent = waitLabel(now() - card.waits_since);
    this.#part("lasted").textContent = left ? "" : `with you ${waitLabel(now() - card.joined_at)}`;
  }

  showGreeting(conversation) {
    const greeting = conversation?.card.greeting;
    const box = this.#part("greeting");
    box.hidden = !greeting || greeting.previewed_at > now() + 0.5;
    if (box.hidden) return;
    box.querySelector("[data-greeting-text]").textContent = greeting.text;
    const left = Math.max(0, Math.ceil(greeting.due_at - now()));
    box.querySelector("[data-greeting-left]").textContent = `${left} s`;
    if (conversation.greetingSaid === greeting.due_at) return;
    conversation.greetingSaid = greeting.due_at;
    this.announce(`A greeting goes out in ${left} seconds. Type, or press Cancel, to stop it.`);
  }

  // Is there something earlier to show?
  mayEarlier(may) {
    this.#part("earlier").hidden = !may;
  }

  maySend(may) {
    this.#part("send").disabled = !may;
  }

  // The empty banner has no height, but stays: screen readers follow only a region that they know.
  showBanner(state) {
    const banner = this.#part("banner");
    banner.dataset.state = state;
    banner.textContent = BANNERS[state] ?? "";
  }

  // Messages that could not be sent to conversations that are not here any more.
  showUnsent(messages) {
    this.#part("unsent").hidden = !messages.length;
    this.#part("unsent-list").replaceChildren(
      ...messages.map((message) => {
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
