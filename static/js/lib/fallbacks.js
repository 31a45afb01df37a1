// What browsers have in secure contexts only (https, localhost), with what does the same anywhere else.

// A random id of 32 or 36 characters: letters, digits and "-".
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Put the text on the clipboard; false where the browser does not let us. The focus stays where it is.
export async function copyText(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed, or the page is not in front: the old way may still work.
  }
  return copyBySelection(text);
}

function copyBySelection(text) {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position:fixed;inset-block-start:0;opacity:0;pointer-events:none";
  // Outside an open dialog nothing can be selected.
  (before?.closest("dialog") ?? document.body).append(field);
  field.select();
  let isCopied = false;
  try {
    isCopied = document.execCommand("copy");
  } finally {
    field.remove();
    before?.focus({ preventScroll: true });
  }
  return isCopied;
}
