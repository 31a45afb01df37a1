// "Save as my response": the form of a new response beside the conversation, filled in with what was said or is being
// written. Loaded when first asked for.

// A longer text is no part of an address; it is put into the form when that is here.
const MAX_ADDRESS_CHARACTERS = 2_000;

// `message`: one of the transcript's rows; null: the words in the composer.
export async function saveResponse(desk, message) {
  const text = message ? "" : (desk.composer.state?.text.trim() ?? "");
  if (!message && !text) return;
  const values = message
    ? { message: message.id.replace("message-", "") }
    : { text: text.slice(0, MAX_ADDRESS_CHARACTERS) };
  await addResponse(desk, values, text);
}

// The form alone, or with what `values` name. `text`: all words that it begins with.
export async function addResponse(desk, values = {}, text = "") {
  if (!desk.conversations.open) return;
  desk.panes.showSide();
  const body = document.querySelector("#side-body");
  showTab(body);
  body.focus(); // what is typed before the form is there is not for the customer
  const address = document.querySelector("[data-desk]").dataset.addResponse;
  await htmx.ajax("GET", address, { source: body, target: body, swap: "innerHTML", values });
  const title = body.querySelector("[name=title]");
  if (!title) return;
  if (text.length > MAX_ADDRESS_CHARACTERS) body.querySelector("[name=text]").value = text;
  if (document.activeElement === body) {
    title.focus();
    title.select();
  }
}

// The tab that the form belongs to, without fetching what it shows otherwise.
function showTab(body) {
  for (const tab of document.querySelectorAll("[data-side] [role=tab]")) {
    const isShown = tab.id === "tab-responses";
    tab.setAttribute("aria-selected", String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
    if (isShown) body.setAttribute("aria-labelledby", tab.id);
  }
}
