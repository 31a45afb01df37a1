// The sheet over the desk, for what htmx fetches into it. It is open from the press on, before its content is here: what
// is typed meanwhile must not go to the customer.

const REFUSED = 422; // comes with content that says why

export class Sheet {
  #dialog = document.querySelector("[data-sheet]");
  #body = this.#dialog.querySelector("#sheet-body");
  #asking = null; // whose answer it waits for

  // `filled()`: its content is here.
  constructor(filled) {
    document.addEventListener("htmx:beforeRequest", ({ detail }) => {
      if (detail.target === this.#body && !this.#dialog.open) this.#wait(detail.elt);
    });
    document.addEventListener("htmx:afterSwap", ({ detail }) => {
      if (detail.target === this.#body) this.#keepFocus();
    });
    // Not before its forms are htmx's: a quick Enter would send them past it.
    document.addEventListener("htmx:afterSettle", ({ detail }) => {
      if (detail.target === this.#body) this.#fill(filled);
    });
    for (const kind of ["htmx:responseError", "htmx:sendError"]) {
      document.addEventListener(kind, ({ detail }) => {
        if (detail.target === this.#body && detail.xhr.status !== REFUSED) this.#giveUp();
      });
    }
    this.#dialog.addEventListener("close", () => {
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
    this.#dialog.showModal();
    this.#body.focus(); // on a button the space bar would press it
  }

  // When it settles htmx focuses what asks for it, also where somebody has begun to type in another field.
  #keepFocus() {
    for (const field of this.#body.querySelectorAll("[autofocus]")) {
      field.autofocus = false;
      field.dataset.focus = "";
    }
  }

  #fill(filled) {
    this.#asking = null;
    if (!this.#dialog.open) return; // closed before it was here
    if (!this.#body.contains(document.activeElement) || document.activeElement === this.#body) {
      (this.#body.querySelector("[data-focus]") ?? this.#body.querySelector("h2") ?? this.#body).focus();
    }
    filled();
  }

  #giveUp() {
    if (!this.#asking) return;
    this.#asking = null;
    this.#dialog.close();
  }
}
