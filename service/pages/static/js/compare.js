// Says how many offers may be compared, as they are ticked; without a script the page says it after.

const bar = document.getElementById("compare-bar");
const hint = document.getElementById("compare-hint");

function look() {
  const most = Number(bar.dataset.most);
  const ticked = document.querySelectorAll('input[name="offer"]:checked').length;
  hint.textContent = ticked > most ? hint.dataset.many : ticked === 1 ? hint.dataset.few : "";
}

if (bar) {
  document.addEventListener("change", (event) => {
    if (event.target.matches('input[name="offer"]')) look();
  });
  look();
}
