// The desk of a sitting. Everything here works without it, by forms and links: what is typed stays on the page until the
// server has it, is sent again when the line or the server comes back, and what others write appears.
const desk = document.querySelector(".sitting-desk");
const form = document.getElementById("write");
const list = document.getElementById("speeches");
const said = document.getElementById("kept");
const text = form.elements.text;
const parsed = (words) => new DOMParser().parseFromString(words, "text/html");
const say = (words) => { said.textContent = words; };

// ---- a speech is sent; where the line is down it waits and is sent again
let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  const body = new URLSearchParams(new FormData(form));
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
  } else {
    text.value = "";
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
