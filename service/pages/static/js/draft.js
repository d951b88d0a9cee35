// Keeps what is typed into a form in this browser until it is saved; nothing is sent anywhere.

const PREFIX = "finmatch-draft:";
const SKIPPED = new Set(["csrf_token", "tag", "need_id"]);
const WAIT_MS = 600;

const form = document.querySelector("form[data-draft]");
const note = document.getElementById("draft-note");
const state = document.getElementById("draft-state");

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function typed() {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (!SKIPPED.has(name) && typeof value === "string") (found[name] ??= []).push(value);
  }
  return found;
}

function fill(values) {
  for (const element of form.elements) {
    if (!element.name || SKIPPED.has(element.name)) continue;
    const kept = values[element.name] ?? [];
    if (element.type === "checkbox") element.checked = kept.includes(element.value);
    else if (element.type !== "submit") element.value = kept[0] ?? "";
  }
}

if (form) {
  const key = `${PREFIX}${form.dataset.draft.split(":")[0]}`;
  if (form.dataset.keep === "true") localStorage.removeItem(key);
  const first = JSON.stringify(typed());
  const before = read(key);
  if (before && JSON.stringify(before) !== first) note.hidden = false;
  note.querySelector("[data-draft-take]").addEventListener("click", () => {
    fill(before);
    note.hidden = true;
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  note.querySelector("[data-draft-drop]").addEventListener("click", () => {
    localStorage.removeItem(key);
    note.hidden = true;
  });
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      localStorage.setItem(key, JSON.stringify(typed()));
      state.textContent = state.dataset.kept;
    }, WAIT_MS);
  });
  // On a shared computer nothing stays behind.
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", () => {
    localStorage.removeItem(key);
  });
}
