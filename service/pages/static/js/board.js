// Cards of the board can be dragged to another stage; the form on each card does the same.

let dragged = null;

const laneOf = (target) => target.closest?.("[data-stage]");
const allows = (lane) => dragged?.dataset.next.split(" ").includes(lane.dataset.stage);

function clear() {
  document.querySelectorAll(".over, .closed").forEach((lane) => {
    lane.classList.remove("over", "closed");
  });
}

function send(card, stage, reason) {
  const form = card.querySelector("form[data-move]");
  form.elements.to.value = stage;
  if (reason !== undefined) form.elements.reason.value = reason;
  form.requestSubmit();
}

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-deal]");
  if (!card) return;
  dragged = card;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.deal);
  document.querySelectorAll(".lane").forEach((lane) => {
    lane.classList.toggle("closed", !allows(lane) && !lane.contains(card));
  });
});

document.addEventListener("dragover", (event) => {
  const lane = laneOf(event.target);
  if (!lane || !allows(lane)) return;
  event.preventDefault();
  document.querySelectorAll(".over").forEach((one) => one.classList.remove("over"));
  lane.classList.add("over");
});

document.addEventListener("dragend", () => {
  clear();
  dragged = null;
});

document.addEventListener("drop", (event) => {
  const lane = laneOf(event.target);
  if (!lane || !allows(lane)) return;
  event.preventDefault();
  const card = dragged;
  clear();
  if (lane.dataset.stage === "passed") ask(card);
  else send(card, lane.dataset.stage);
});

function ask(card) {
  const dialog = document.getElementById("pass-reason");
  const text = document.getElementById("pass-text");
  text.value = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue === "pass") send(card, "passed", text.value);
      dialog.returnValue = "";
    },
    { once: true },
  );
  dialog.showModal();
  text.focus();
}
