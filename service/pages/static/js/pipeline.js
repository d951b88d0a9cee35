// The pipeline by keyboard: j and k or the arrows move, Enter opens, x chooses, / searches.
// Sorting and paging swap the results instead of loading the page anew.

const rows = () => [...document.querySelectorAll("tr[data-row]")];
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, dialog");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest("tr[data-row]"));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  const row = all[Math.min(Math.max(next, 0), all.length - 1)];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

function count() {
  const place = document.querySelector("[data-count]");
  if (place) place.textContent = document.querySelectorAll("input[name=pick]:checked").length;
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const row = event.target.closest("tr[data-row]");
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q")?.focus();
  } else if (keys[event.key] && (row || event.key === "j" || event.key === "k")) {
    event.preventDefault();
    keys[event.key]();
  } else if (event.key === "x" && row) {
    event.preventDefault();
    const box = row.querySelector("input[name=pick]");
    if (box) {
      box.checked = !box.checked;
      count();
    }
  } else if (event.key === "Enter" && row && event.target === row) {
    row.querySelector("a[data-open]")?.click();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("input[name=pick]")) count();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-results]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  event.preventDefault();
  const sort = document.querySelector("#filters select[name=sort]");
  if (sort) sort.value = new URL(link.href).searchParams.get("sort") || "match";
  window.htmx.ajax("GET", link.getAttribute("href"), { target: "#results" }).then(() => {
    window.history.replaceState(null, "", link.href);
  });
});

document.addEventListener("htmx:afterSwap", count);
count();
