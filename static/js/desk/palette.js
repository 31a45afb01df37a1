// Every action of the desk by name (Ctrl+K), and the list of keys (?). Loaded when first asked for.

function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

function actions(desk) {
  const found = desk.talks.map((talk) => ({
    name: `Go to ${talk.card.customer}`,
    keys: "",
    run: () => desk.choose(talk.card.id, true),
  }));
  for (const button of document.querySelectorAll("[data-act][data-name], [data-palette]")) {
    if (button.closest("[hidden]") || button.disabled) continue;
    found.push({ name: button.dataset.name ?? button.dataset.palette, keys: button.dataset.keys ?? "", run: () => button.click() });
  }
  found.push(
    { name: "Next conversation", keys: "Alt ↓", run: () => desk.step(1) },
    { name: "Previous conversation", keys: "Alt ↑", run: () => desk.step(-1) },
    { name: "Write in the composer", keys: "F6", run: () => desk.composer.focus() },
    { name: "Your dictionary: words that are never corrected", keys: "", run: () => desk.dictionary() },
    ...["small", "medium", "large"]
      .filter((size) => size !== desk.preferences.get("textSize"))
      .map((size) => ({ name: `Text size: ${size}`, keys: "", run: () => desk.set("textSize", size) })),
    {
      name: desk.preferences.get("sendKey") === "enter" ? "Send with Ctrl+Enter only" : "Send with Enter",
      keys: "",
      run: () => toggle(desk, "sendKey", "enter", "ctrl-enter"),
    },
    {
      name: desk.preferences.get("singleKeys") ? "Switch single-key shortcuts off" : "Switch single-key shortcuts on",
      keys: "",
      run: () => toggle(desk, "singleKeys", true, false),
    },
    {
      name: desk.preferences.get("announce") ? "Do not read suggestions aloud" : "Read suggestions aloud",
      keys: "",
      run: () => toggle(desk, "announce", true, false),
    },
  );
  return found;
}

function toggle(desk, name, one, other) {
  desk.set(name, desk.preferences.get(name) === one ? other : one);
}

export function openPalette(desk) {
  const dialog = document.querySelector("[data-palette-dialog]");
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  const all = actions(desk);
  let shown = [];
  let active = 0;

  function run(action) {
    dialog.close();
    action?.run();
  }

  function draw() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = all.filter((action) => words.every((word) => action.name.toLowerCase().includes(word)));
    active = Math.max(0, Math.min(active, shown.length - 1));
    list.replaceChildren(
      ...shown.map((action, index) => {
        const row = document.createElement("li");
        row.id = `action-${index}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(index === active));
        row.append(action.name);
        if (action.keys) {
          const keys = document.createElement("kbd");
          keys.textContent = action.keys;
          row.append(keys);
        }
        row.onclick = () => run(action);
        return row;
      }),
    );
    if (shown.length) field.setAttribute("aria-activedescendant", `action-${active}`);
    else field.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  field.oninput = () => {
    active = 0;
    draw();
  };
  field.onkeydown = (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(1, shown.length);
      draw();
    } else if (event.key === "Enter") {
      run(shown[active]);
    } else {
      return;
    }
    event.preventDefault();
  };
  draw();
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
    if (word) desk.line.say({ t: "word", word, do: "add" });
    form.reset();
  };
  showWords(desk);
  show(dialog);
}

export function showWords(desk) {
  const list = document.querySelector("[data-words]");
  const words = [...desk.words].sort();
  list.replaceChildren(
    ...words.map((word) => {
      const row = desk.templates.word.content.firstElementChild.cloneNode(true);
      row.firstElementChild.textContent = word;
      row.querySelector(".visually-hidden").textContent = `Take out ${word}`;
      row.querySelector("button").onclick = () => desk.line.say({ t: "word", word, do: "remove" });
      return row;
    }),
  );
  document.querySelector("[data-no-words]").hidden = words.length > 0;
}
