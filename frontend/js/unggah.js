// Evidence is sent as soon as it is chosen, with a progress bar; the answer is the new list of the row.
export function watchUploads(root) {
  root.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-unggah]") || !input.files.length) return;
    send(input);
  });
}

function send(input) {
  const box = input.closest("[data-bukti]");
  const data = new FormData();
  data.append("csrfmiddlewaretoken", input.form.elements.csrfmiddlewaretoken.value);
  for (const file of input.files) data.append("berkas", file);

  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", `Mengunggah ${input.files[0].name}`);
  box.append(bar);
  box.setAttribute("aria-busy", "true");

  const request = new XMLHttpRequest();
  request.open("POST", input.dataset.unggah);
  request.setRequestHeader("HX-Request", "true");
  request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100; };
  request.onload = () => replace(box, request.responseText);
  request.onerror = () => {
    bar.remove();
    box.removeAttribute("aria-busy");
    box.querySelector("[data-gagal]").hidden = false;
    input.value = "";
  };
  request.send(data);
}

function replace(box, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  box.replaceWith(fresh);
  window.htmx?.process(fresh);
  fresh.querySelector("input[type=file]")?.focus();
}
