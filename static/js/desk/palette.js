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

  field.value = "";
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
  show(dialog);
  field.focus();
}

export function openKeys() {
  show(document.querySelector("[data-keys-dialog]"));
}
