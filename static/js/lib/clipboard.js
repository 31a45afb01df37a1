// Copying, also where browsers have no clipboard for pages: in secure contexts only (https, localhost) they do.

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
