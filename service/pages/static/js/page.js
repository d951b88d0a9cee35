// What every page does: say when the server cannot be reached, and close dialogs by their buttons.

const flash = () => document.getElementById("flash");

function say(text, kind) {
  const place = flash();
  if (!place || !text) return;
  const note = document.createElement("p");
  note.className = `notice ${kind}`;
  note.textContent = text;
  place.replaceChildren(note);
}

// On a phone the menu folds away; without a script it stays open.
const toggle = document.querySelector(".menu-toggle");
if (toggle) {
  const menu = document.getElementById(toggle.getAttribute("aria-controls"));
  toggle.hidden = false;
  menu.classList.add("closed");
  toggle.addEventListener("click", () => {
    const closed = menu.classList.toggle("closed");
    toggle.setAttribute("aria-expanded", String(!closed));
  });
}

document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline, "bad"));
document.addEventListener("htmx:timeout", () => say(document.body.dataset.offline, "bad"));
document.addEventListener("htmx:beforeSwap", (event) => {
  // Bad input comes with a fragment that shows what to correct.
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
  }
});

// A select or check box that sends its form at once; without a script the form has a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-sends]")) event.target.form?.requestSubmit();
});
