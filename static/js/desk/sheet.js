// The sheet over the desk, for what htmx fetches into it: open from the press on, before its content is here, so that what
// the agent types meanwhile does not go to the customer.

const REFUSED = 422; // comes with content that says why
const ABOUT = /\/conversations\/(\w{26})\/(?:end|transfer|time-out)$/;

export class Sheet {
  dialog = document.querySelector("[data-sheet]");
  #desk;
  #body = this.dialog.querySelector("#sheet-body");
  #asking = null; // whose answer it waits for

  constructor(desk) {
    this.#desk = desk;
    document.addEventListener("desk:done", ({ detail }) => this.#done(detail.message));
    document.addEventListener("htmx:beforeRequest", ({ detail }) => {
      if (detail.target === this.#body && !this.dialog.open) this.#wait(detail.elt);
    });
    document.addEventListener("htmx:afterSwap", ({ detail }) => {
      if (detail.target === this.#body) this.#keepFocus();
    });
    // Not before its forms are htmx's: a quick Enter would send them past it.
    document.addEventListener("htmx:afterSettle", ({ detail }) => {
      if (detail.target === this.#body) this.#fill();
    });
    for (const kind of ["htmx:responseError", "htmx:sendError"]) {
      document.addEventListener(kind, ({ detail }) => {
        if (detail.target === this.#body && detail.xhr.status !== REFUSED) this.#giveUp();
      });
    }
    this.dialog.addEventListener("close", () => {
      if (this.#asking) htmx.trigger(this.#asking, "htmx:abort");
      this.#asking = null;
    });
  }

  #wait(element) {
    this.#asking = element;
    const loading = document.createElement("p");
    loading.className = "sheet__loading";
    loading.textContent = "Loading …";
    this.#body.replaceChildren(loading);
    this.dialog.showModal();
    this.#body.focus(); // on a button the space bar would press it
  }

  // When it settles htmx focuses what asks for it, also where somebody has begun to type in another field.
  #keepFocus() {
    for (const field of this.#body.querySelectorAll("[autofocus]")) {
      field.autofocus = false;
      field.dataset.focus = "";
    }
  }

  #fill() {
    this.#asking = null;
    if (!this.dialog.open) return; // closed before it was here
    if (!this.#body.contains(document.activeElement) || document.activeElement === this.#body) {
      (this.#body.querySelector("[data-focus]") ?? this.#body.querySelector("h2") ?? this.#body).focus();
    }
    const id = this.#subject;
    this.#desk.drafting.fillNotes(this.dialog, id);
    const conversation = this.#desk.conversations.get(id);
    if (conversation?.left) this.#desk.departed.tellSheet(this.dialog, conversation);
  }

  // The id of the conversation that its forms are about, or "".
  get #subject() {
    return this.dialog.querySelector("form[action]")?.action.match(ABOUT)?.[1] ?? "";
  }

  // A form has done what it was for. `message` says so.
  #done(message) {
    const { conversations, composer, drafting, layout } = this.#desk;
    const id = this.dialog.open ? this.#subject : "";
    drafting.noticeNotes(this.dialog, id);
    this.dialog.close();
    if (message) layout.announce(message);
    if (!conversations.get(id)) {
      if (conversations.open && !conversations.open.left) composer.focus();
      return;
    }
    // The agent has ended the conversation or handed it on.
    conversations.finish(id);
    if (id === conversations.open?.id) composer.lock(true);
  }

  #giveUp() {
    if (!this.#asking) return;
    this.#asking = null;
    this.dialog.close();
  }
}
