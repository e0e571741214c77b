// The desk of a sitting. Everything here works without it, by forms and links: what is typed stays on the page until the
// server has it, is sent again when the line or the server comes back, and what others write appears.
const desk = document.querySelector(".sitting-desk");
const form = document.getElementById("write");
const list = document.getElementById("speeches");
const said = document.getElementById("kept");
const text = form.elements.text;
const parsed = (words) => new DOMParser().parseFromString(words, "text/html");
const say = (words) => { said.textContent = words; };

// ---- a speech is sent; where the line is down it waits, and the next one can be typed meanwhile
const waiting = [];
let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  while (waiting.length) {
    try {
      const answer = await fetch(form.action, { method: "POST", body: waiting[0] });
      if (answer.status >= 500) throw new Error("server");
      taken(parsed(await answer.text()), answer, waiting.shift());
    } catch {
      say(`通信できません。発言${waiting.length}件は、この画面に残っています。つながると、自動で記録します。`);
      setTimeout(() => { sending = false; send(); }, 3000);
      return;
    }
  }
  sending = false;
}

// Each speech has a key of its own: sent twice it is recorded once.
function another() {
  const raw = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...raw)).replace(/[+/]/g, "-");
}

function taken(page, answer, body) {
  const problem = page.getElementById("problem");
  const fresh = page.getElementById("speeches");
  if (!fresh) {
    waiting.unshift(body);
    say("記録できませんでした。画面を開き直す前に、文を写し取ってください。");
    text.value = [...waiting.map((each) => each.get("text")), text.value].join("\n").trim();
    waiting.length = 0;
    return;
  }
  list.replaceChildren(...fresh.childNodes);
  const token = page.querySelector("#write input[name=csrf_token]");
  if (token) form.elements.csrf_token.value = token.value;
  if (problem) {
    say(problem.textContent.trim());
    text.value = [body.get("text"), text.value].join("\n").trim();
    form.elements.other.value = form.elements.other.value || body.get("other");
  } else {
    say("記録しました。");
    list.scrollTop = list.scrollHeight;
  }
}

function wait() {
  if (!text.value.trim()) { say("発言の内容を入力してください。"); return; }
  form.elements._request.value = another();
  waiting.push(new URLSearchParams(new FormData(form)));
  text.value = "";
  form.elements.other.value = "";
  form.querySelector("#k-speech").checked = true;
  text.focus();
  send();
}
addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  wait();
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
