// Autosave: 700 ms after the last key the form goes to the server; without a network it stays in this browser.
const WAIT = 700;
const RETRY = 8000;

export function watchDraft(form) {
  if (!form) return;
  const status = document.getElementById("status-draf");
  const key = `draf:${form.dataset.draf}`;
  let timer, running, dirty = false, sending = false, left = false;

  const say = (text, tone = "") => {
    if (!status) return;
    status.querySelector("span").textContent = text;
    status.className = `sub hstack gap-2 ${tone}`;
  };
  const content = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };
  const keepHere = () => {
    const values = Object.fromEntries([...content()].filter(([name]) => name !== "csrfmiddlewaretoken"));
    try { localStorage.setItem(key, JSON.stringify({ rev: form.dataset.rev, values })); } catch { return false; }
    return true;
  };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };

  async function save() {
    if (sending) return later(WAIT);
    sending = true; dirty = false;
    running = new AbortController();
    say("Menyimpan draf…");
    try {
      const answer = await fetch(form.dataset.draf, { method: "POST", body: content(), headers: { Accept: "application/json" }, redirect: "manual", signal: running.signal });
      if (answer.ok) {
        localStorage.removeItem(key);
        say(`Tersimpan otomatis pukul ${(await answer.json()).pukul}`);
      } else if (answer.status === 409 || answer.status === 404) {
        say((await answer.json()).pesan, "t-bad");
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        keepHere();
        dirty = true;
        say("Sesi Anda berakhir. Isian disimpan di peramban ini; muat ulang halaman untuk masuk lagi.", "t-bad");
      } else throw new Error(answer.status);
    } catch {
      if (left) return;
      dirty = true;
      say(keepHere() ? "Tidak tersambung. Isian disimpan di peramban ini dan dikirim lagi saat tersambung." : "Tidak tersambung. Jangan tutup halaman ini.", "t-warn");
      later(RETRY);
    }
    sending = false;
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    dirty = true;
    later(WAIT);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    dirty = false;
    left = true; // the post carries everything; a save still on its way would only come too late
    clearTimeout(timer);
    running?.abort();
    localStorage.removeItem(key);
  });
  window.addEventListener("pageshow", () => { left = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  window.addEventListener("online", () => { if (dirty) save(); });
  restore(form, key, say, () => { dirty = true; later(WAIT); });
}

// A draft that never reached the server is put back, when the task has not moved on meanwhile.
function restore(form, key, say, changed) {
  let kept;
  try { kept = JSON.parse(localStorage.getItem(key) ?? "null"); } catch { kept = null; }
  if (!kept || kept.rev !== form.dataset.rev) return localStorage.removeItem(key);
  for (const [name, value] of Object.entries(kept.values)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else if (!["file", "hidden", "submit"].includes(field.type)) field.value = value;
    }
  }
  say("Isian yang belum terkirim dikembalikan dari peramban ini.");
  changed();
}
