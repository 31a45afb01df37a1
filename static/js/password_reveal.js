// <button data-reveal="field id">: shows what was typed into a password field, and hides it again on submit.

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const word = button.firstChild;

  function show(shown) {
    field.type = shown ? "text" : "password";
    word.data = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  }

  button.addEventListener("click", () => {
    show(field.type === "password");
    field.focus();
  });
  // A field of type text would be remembered by the browser's form history.
  field.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}
