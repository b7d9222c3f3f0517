// Uploads file after file with progress; without it the form sends them all at once.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const results = document.querySelector("[data-results]");
  const list = results.querySelector("[data-list]");
  const text = form.dataset;
  const tags = { accepted: "tag tag-good", rejected: "tag tag-bad" };

  const add = (parent, name, content, className) => {
    const element = document.createElement(name);
    if (content) element.textContent = content;
    if (className) element.className = className;
    parent.append(element);
    return element;
  };

  function row(file) {
    const item = add(list, "li", "", "list-group-item");
    add(item, "strong", file.name);
    item.append(" ");
    const state = add(item, "span", text.textWaiting, "tag");
    const bar = add(item, "progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    return { item, state, bar };
  }

  function show({ item, state, bar }, outcome) {
    bar.remove();
    state.textContent = outcome.label;
    state.className = tags[outcome.status] || "tag";
    for (const document_ of outcome.documents || []) {
      const link = add(add(item, "div"), "a", document_.text);
      link.href = document_.url;
    }
    for (const problem of outcome.problems || []) {
      const line = add(item, "div");
      add(line, "span", problem.code, "mono");
      line.append(` ${problem.where} `);
      add(line, "span", problem.message);
    }
  }

  function send(file, place) {
    return new Promise((done) => {
      const failed = (reason) => { show(place, { label: reason, status: "rejected" }); done(); };
      if (file.size > Number(text.bytesMax)) { failed(text.textLarge); return; }
      const body = new FormData(form);
      body.delete(input.name);
      body.append(input.name, file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = (event) => { if (event.lengthComputable) place.bar.value = event.loaded / event.total; };
      request.upload.onload = () => { place.state.textContent = text.textReading; place.bar.removeAttribute("value"); };
      request.onerror = () => failed(text.textFailed);
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* an error page: said below */ }
        if (request.status === 200 && answer.files) { show(place, answer.files[0]); done(); }
        else failed((answer.errors || [text.textFailed]).join(" "));
      };
      request.send(body);
    });
  }

  async function sendAll(files) {
    results.hidden = false;
    const places = files.map((file) => [file, row(file)]);
    for (const [file, place] of places) await send(file, place);
    input.value = "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (input.files.length) sendAll([...input.files]);
  });
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("attention"); });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("attention"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) sendAll([...event.dataTransfer.files]);
  });
})();
