// The desk by keys: j/k or arrows move, 1-9 take a suggestion, s divides, a sets aside, u undoes, Escape leaves a field.
(() => {
  const find = (selector) => document.querySelector(selector);
  const press = (selector) => { const target = find(selector); if (target) target.click(); return Boolean(target); };
  const isTyping = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "hidden";
  const actions = {
    j: () => press("[data-next]"), ArrowDown: () => press("[data-next]"),
    k: () => press("[data-previous]"), ArrowUp: () => press("[data-previous]"),
    s: () => { const box = find("#split"); if (box) { box.open = true; const field = box.querySelector("input.form-control"); field.focus(); field.select(); } return Boolean(box); },
    a: () => { const field = find("#aside input.form-control"); if (field) field.focus(); return Boolean(field); },
    u: () => press("[data-undo]"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    const act = /^[1-9]$/.test(event.key) ? () => press(`[data-take="${event.key}"]`) : actions[event.key];
    if (act && act()) event.preventDefault();
  });
  find(".desk-list [aria-current]")?.scrollIntoView({ block: "nearest" });

  const form = find("[data-split]");
  const left = form?.querySelector("[data-left]");
  const count = () => {
    const digits = (form.dataset.split.split(".")[1] || "").length;
    const given = [...form.querySelectorAll("[name=amount]")].reduce((sum, field) => sum + (Number(field.value.replace(/[,\s]/g, "")) || 0), 0);
    const rest = (Number(form.dataset.split) - given).toFixed(digits);
    left.textContent = Number(rest) === 0 ? "✓" : `Δ ${rest}`;
  };
  if (left) { form.addEventListener("input", count); count(); }
})();
