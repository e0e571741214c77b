// The desk of a sitting. Everything here works without it, by forms and links: what is typed is kept in this browser
// until the server has it, is sent again when the line or the server comes back, and what others write appears.
const desk = document.querySelector(".sitting-desk");
const form = document.getElementById("write");
const list = document.getElementById("speeches");
const said = document.getElementById("kept");
const key = form.dataset.keep;
const text = form.elements.text;
const parsed = (words) => new DOMParser().parseFromString(words, "text/html");
const say = (words) => { said.textContent = words; };

// ---- what is typed is kept while the page is open, and is sent again; nothing of it stays in the browser
const memory = {
  kept: {},
  getItem: (name) => memory.kept[name] || null,
  setItem: (name, value) => { memory.kept[name] = value; },
  removeItem: (name) => { delete memory.kept[name]; },
};
const keep = () => {
  const speaker = form.querySelector("input[name=speaker]:checked");
  const kept = { text: text.value, speaker: speaker && speaker.value, request: form.elements._request.value };
  if (text.value) memory.setItem(key, JSON.stringify(kept));
  else memory.removeItem(key);
};
const restore = () => {
  const kept = JSON.parse(memory.getItem(key) || "null");
  if (!kept || text.value) return;
  text.value = kept.text;
  // The same request again is carried out once, however often it is sent.
  if (kept.sent) form.elements._request.value = kept.request;
  for (const box of form.querySelectorAll("input[name=speaker]")) box.checked = box.value === kept.speaker;
  say("書きかけの文を戻しました。");
};
form.addEventListener("input", keep);
restore();

// ---- a speech is sent; where the line is down it waits and is sent again
let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  const body = new URLSearchParams(new FormData(form));
  const kept = JSON.parse(memory.getItem(key) || "{}");
  memory.setItem(key, JSON.stringify({ ...kept, text: text.value, request: body.get("_request"), sent: true }));
  text.readOnly = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.status >= 500) throw new Error("server");
    taken(parsed(await answer.text()), answer);
  } catch {
    say("通信できません。文はこの画面に残っています。つながると、自動で記録します。");
    setTimeout(() => { sending = false; send(); }, 3000);
    return;
  }
  text.readOnly = false;
  sending = false;
}

function taken(page, answer) {
  const problem = page.getElementById("problem");
  const fresh = page.getElementById("speeches");
  if (!fresh) { location.href = answer.url; return; }
  list.replaceChildren(...fresh.childNodes);
  const next = page.querySelector("#write input[name=_request]");
  if (next) form.elements._request.value = next.value;
  const token = page.querySelector("#write input[name=csrf_token]");
  if (token) form.elements.csrf_token.value = token.value;
  if (problem) {
    say(problem.textContent.trim());
    memory.setItem(key, JSON.stringify({ text: text.value }));
  } else {
    text.value = "";
    memory.removeItem(key);
    form.elements.other.value = "";
    form.querySelector("#k-speech").checked = true;
    say("記録しました。");
    list.scrollTop = list.scrollHeight;
  }
  text.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// ---- what others write appears here
let last = Number(desk.dataset.last);
async function look() {
  try {
    const answer = await fetch(desk.dataset.pulse, { redirect: "error" });
    const now = await answer.json();
    if (now.last !== last && !sending) {
      const piece = await fetch(list.dataset.piece, { redirect: "error" });
      if (piece.ok) list.replaceChildren(...parsed(await piece.text()).body.childNodes);
      last = now.last;
      list.scrollTop = list.scrollHeight;
    }
  } catch { /* the next look tells */ }
  setTimeout(look, 2000);
}
setTimeout(look, 2000);
list.scrollTop = list.scrollHeight;
text.focus({ preventScroll: true });
