// What every page does: theme switch, "/" to search, rows by keyboard, print, copy, guarded submits.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-theme-toggle]");
  if (toggle) {
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.documentElement.setAttribute("data-bs-theme", next);
    localStorage.setItem("theme", next);
  }
  if (event.target.closest("[data-print]")) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => copy.classList.add("copied"));
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  });
});

const typing = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable;

function moveRow(step) {
  const rows = [...document.querySelectorAll("tr[data-href]")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, now + step))].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest && event.target.closest("tr[data-href]");
  if (event.key === "/") { event.preventDefault(); document.getElementById("search")?.focus(); }
  else if (event.key === "j") moveRow(1);
  else if (event.key === "k") moveRow(-1);
  else if (event.key === "Enter" && row) location.assign(row.dataset.href);
  else if (event.key === "c" && row) row.querySelector("[data-claim]")?.click();
  else if (event.key === "?") document.getElementById("keys")?.showModal?.();
});

// A form is sent once: a second click while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if ((form.method || "").toLowerCase() === "post" && !form.hasAttribute("data-repeat")) {
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  }
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("input", (event) => {
  const twin = event.target.dataset && event.target.dataset.twin && document.getElementById(event.target.dataset.twin);
  if (twin) twin.value = event.target.value;
});

// Fields that belong to one choice of the radio buttons above them, or to choices of a select ("name=A,B"), are hidden
// while another is chosen.
function showChosen(form) {
  const chosen = form.querySelector("input[type=radio]:checked")?.value;
  form.querySelectorAll("[data-when]").forEach((field) => {
    const [select, choices] = (field.dataset.with || "").split("=");
    const isOther = Boolean(select) && !choices.split(",").includes(form.elements[select]?.value);
    field.hidden = (Boolean(chosen) && field.dataset.when !== chosen) || isOther;
  });
}
document.querySelectorAll("form").forEach(showChosen);
document.addEventListener("change", (event) => { if ((event.target.type === "radio" || event.target.tagName === "SELECT") && event.target.form) showChosen(event.target.form); });

// On a narrow screen the current step of the flow is brought into sight.
document.querySelectorAll(".steps-line").forEach((line) => {
  const here = line.querySelector(".now, .bad");
  if (here) line.scrollLeft = here.offsetLeft - line.clientWidth / 2;
});

// Tabs of a case: the one that was followed is the current one.
document.addEventListener("click", (event) => {
  const tab = event.target.closest(".tabs a");
  if (tab) tab.parentElement.querySelectorAll("a").forEach((other) => other.toggleAttribute("aria-current", other === tab));
});
