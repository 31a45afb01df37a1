// Two dialogs of the desk: the list of keys, and the agent's dictionary. Loaded when first asked for.

function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

export function openKeys() {
  show(document.querySelector("[data-keys-dialog]"));
}

// The agent's dictionary: to look at, to add to, to take words out of.
export function openWords(desk) {
  const dialog = document.querySelector("[data-words-dialog]");
  const form = dialog.querySelector("[data-words-form]");
  form.onsubmit = (event) => {
    event.preventDefault();
    const word = form.elements.word.value.trim();
    if (word) desk.dictionary.add(word);
    form.reset();
  };
  showWords(desk);
  show(dialog);
}

export function showWords(desk) {
  const list = document.querySelector("[data-words]");
  const words = desk.dictionary.words;
  list.replaceChildren(
    ...words.map((word) => {
      const row = desk.templates.word.content.firstElementChild.cloneNode(true);
      row.firstElementChild.textContent = word;
      row.querySelector(".visually-hidden").textContent = `Take out ${word}`;
      row.querySelector("button").onclick = () => desk.dictionary.remove(word);
      return row;
    }),
  );
  document.querySelector("[data-no-words]").hidden = words.length > 0;
}
