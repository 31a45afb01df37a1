// The agent's conversations at the left: one card each, in the order they came. Cards are changed in place, never
// moved, so that nothing slips away under the pointer.

// How long somebody has waited, for the eye: 45s, 3m, 1h 5m.
export function waited(since, now) {
  const seconds = Math.max(0, Math.floor(now - since));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

export class Cards {
  #list;
  #template;
  #choose;

  constructor(list, template, choose) {
    this.#list = list;
    this.#template = template;
    this.#choose = choose;
    list.addEventListener("click", (event) => {
      const card = event.target.closest("[data-card]");
      if (card) this.#choose(card.dataset.card);
    });
    // Times go on without anybody saying so.
    setInterval(() => this.#tick(), 1_000);
  }

  // `talks` in the order of the cards; `open`: the one on screen.
  show(talks, open) {
    const known = new Map([...this.#list.children].map((row) => [row.firstElementChild.dataset.card, row]));
    for (const [id, row] of known) if (!talks.some((talk) => talk.card.id === id)) row.remove();
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
    Object.assign(button.dataset, { since: card.waits_since ?? "", late: card.late_at ?? "" });
    this.#wait(button, Date.now() / 1000);
  }

  #tick() {
    const now = Date.now() / 1000;
    for (const row of this.#list.children) this.#wait(row.firstElementChild, now);
  }

  #wait(button, now) {
    const wait = button.querySelector("[data-wait]");
    const { since, late } = button.dataset;
    wait.hidden = !since;
    const text = since ? waited(Number(since), now) : "";
    if (wait.lastElementChild.textContent !== text) wait.lastElementChild.textContent = text;
    wait.classList.toggle("wait--late", Boolean(since) && now >= Number(late));
  }
}
