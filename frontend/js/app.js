// Small helpers of the pages. Everything here is a comfort: each page does the same work without JavaScript.
import { watchDraft } from "./draf.js";
import { watchUploads } from "./unggah.js";

document.documentElement.classList.add("js");

// A refused form: the summary is read first.
document.querySelector("[data-fokus]")?.focus();

// Filters apply as soon as they are chosen; without scripts there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-kirim]")) event.target.form.requestSubmit();
});

// One press, one post: the second press of the same form is ignored (the server would answer it once as well).
// A press on another button counts, and a page that comes back from the history is ready again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.terkirim) return event.preventDefault();
  form.dataset.terkirim = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-terkirim]").forEach((form) => delete form.dataset.terkirim));

// "Pilih semua" of the inbox, and the number on the button.
function countChosen(list) {
  const boxes = [...list.querySelectorAll("input[name=butir]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const label = list.querySelector("[data-terpilih]");
  if (label) label.textContent = chosen ? ` (${chosen})` : "";
}
document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-massal]");
  if (list) countChosen(list);
});
document.querySelectorAll("[data-massal]").forEach(countChosen);

// Review: the note is asked for only where "Perbaiki" is chosen, and the button says what it will do.
function showVerdicts(form) {
  let returned = 0;
  for (const row of form.querySelectorAll("[data-keputusan]")) {
    const returns = row.querySelector("input[value=perbaiki]")?.checked ?? false;
    returned += returns;
    const note = row.querySelector("[data-catatan]");
    if (note) note.hidden = !returns;
  }
  form.querySelectorAll("[data-bila]").forEach((el) => { el.hidden = (el.dataset.bila === "kembali") !== returned > 0; });
  form.querySelectorAll("[data-banyak]").forEach((el) => { el.textContent = returned; });
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-tinjau]");
  if (form) showVerdicts(form);
});
document.querySelectorAll("form[data-tinjau]").forEach(showVerdicts);

// Entry: which factors a row needs follows from its capaian; the answer of the server carries it as data-tercapai.
function showFactors(root) {
  for (const mark of root.querySelectorAll("[data-tercapai]")) {
    const row = mark.closest("[data-baris]");
    if (row) row.dataset.faktor = mark.dataset.tercapai;
  }
}
document.addEventListener("htmx:after:swap", () => {
  showFactors(document);
  document.querySelectorAll("[data-massal]").forEach(countChosen);
  document.querySelectorAll("form[data-tinjau]").forEach(showVerdicts);
});
showFactors(document);

// A process is wider than the screen: its frame opens where the case stands now.
for (const frame of document.querySelectorAll(".diagram")) {
  const now = frame.querySelector(".current, .returned, .waiting");
  if (now) frame.scrollLeft = now.getBoundingClientRect().left - frame.getBoundingClientRect().left - frame.clientWidth / 3;
}

watchDraft(document.querySelector("form[data-draf]"));
watchUploads(document);
