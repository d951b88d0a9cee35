// Lists to tick: a search that hides what does not match, and how many are ticked.
for (const box of document.querySelectorAll("[data-picks]")) {
  const search = box.querySelector("[data-search]");
  const count = box.querySelector("[data-count]");
  const rows = [...box.querySelectorAll("li")];
  const tell = () => {
    count.textContent = `${box.querySelectorAll("input:checked").length} / ${rows.length}`;
  };
  if (search) {
    search.hidden = false;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
  box.addEventListener("change", tell);
  tell();
}
