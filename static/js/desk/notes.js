// The note that the agent writes beside a conversation: kept in the browser until it is sent, as every note that comes and
// every other conversation that is opened draw the side anew. Loaded when the notes are first shown.

import { Drafts } from "#lib/storage.js";

export class Notes {
  #drafts;
  #send;

  // `send(conversation, text)` returns true where the note is on its way.
  constructor(root, agent, send) {
    this.#drafts = new Drafts(`${agent}:note`);
    this.#send = send;
    root.addEventListener("input", (event) => this.#written(event.target));
    root.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("htmx:afterSettle", ({ detail }) => {
      if (detail.target.id === "side-body") this.#restore(detail.target);
    });
    this.#restore(root);
  }

  #written(field) {
    const { conversation } = field.form?.dataset ?? {};
    if (!field.matches("[data-note-form] textarea")) return;
    if (field.value) this.#drafts.set(conversation, { text: field.value });
    else this.#drafts.remove(conversation);
  }

  #submitted(event) {
    const form = event.target;
    if (!form.matches("[data-note-form]")) return;
    event.preventDefault();
    // The form says whose note it is: another conversation may have been opened since it was drawn.
    const { conversation } = form.dataset;
    const field = form.elements.note;
    if (!field.value.trim() || !this.#send(conversation, field.value)) return;
    field.value = "";
    this.#drafts.remove(conversation);
  }

  #restore(side) {
    const form = side.querySelector("[data-note-form]");
    if (form && !form.elements.note.value)
      form.elements.note.value = this.#drafts.get(form.dataset.conversation)?.text ?? "";
  }
}
