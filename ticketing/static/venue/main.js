// A phone as a scanner: logs in with its key, scans, and shows what the server says.

import { Camera } from "./camera.js";
import { Gate } from "./gate.js";
import { Recent } from "./recent.js";
import { hide, show, shown } from "./screens.js";
import { say, sayCode, sayFunction, speak, spoken } from "./words.js";

const KEY = "gangway.key";
const LANGUAGE = "gangway.language";
const FUNCTION = "gangway.function";
const A_KEY = /^(gw_scan_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}|venue_test_key_[0-9a-z]{1,20})$/;
const AGAIN_AFTER = [0, 500, 1500, 3000]; // milliseconds before each time a scan is sent
const OUT_OF_SIGHT = 2500; // until the same code counts as held up anew
const AT_LEAST = 1200; // how long a result stays before the next code may replace it

const element = (id) => document.getElementById(id);
let gate = null; // who is logged in
let place = null; // where
let busy = false; // a scan waits for its answer
let stopped = false; // staff stopped waiting
let last = { text: "", seen: 0 };
let shownAt = 0;
let online = true;

const recent = new Recent(element("scans"), { onUndo: undo, onAskAgain: redeem });

// --- Logging in ---------------------------------------------------------------------------

async function logIn(key) {
  if (!A_KEY.test(key)) return complain(say("badKey"));
  const candidate = new Gate(key);
  const answer = await candidate.who();
  heard(answer);
  if (!answer) return complain(say("noServer"));
  if (answer.status !== 200) return refuseKey(say("badKey"));
  gate = candidate;
  place = answer.body;
  localStorage.setItem(KEY, key);
  complain("");
  draw();
}

function refuseKey(why) {
  localStorage.removeItem(KEY);
  gate = place = null;
  hide();
  draw();
  complain(why);
}

function logOut() {
  recent.forget();
  refuseKey("");
}

// --- Scanning -----------------------------------------------------------------------------

function onText(text) {
  const now = performance.now();
  const isSame = text === last.text && now - last.seen < OUT_OF_SIGHT;
  last = { text, seen: now };
  if (isSame || busy || (shown() && now - shownAt < AT_LEAST)) return;
  take(text);
}

async function take(text) {
  if (!gate) return logIn(text);
  if (A_KEY.test(text)) return; // the key of this device still in sight
  if (element("look").checked) return look(text);
  const fn = document.querySelector("input[name=function]:checked")?.value;
  if (!fn) return complain(say("noFunction"));
  return redeem({ id: crypto.randomUUID(), qr: text, fn, at: new Date().toISOString() });
}

// Asks until the server has answered or staff stop waiting; the scan_id stays the same.
async function redeem(scan) {
  if (busy) return;
  busy = true;
  stopped = false;
  complain("");
  for (let attempt = 0; !stopped; attempt += 1) {
    await pause(AGAIN_AFTER[Math.min(attempt, AGAIN_AFTER.length - 1)]);
    if (stopped) break;
    if (attempt > 0 || scan.result === "unanswered" || !online) present("waiting");
    const answer = await gate.scan(scan);
    heard(answer);
    if (answer) return answered(scan, answer);
    present("waiting");
  }
  busy = false;
  recent.note({ ...scan, result: "unanswered" });
  present("unanswered");
}

function answered(scan, { status, body }) {
  busy = false;
  if (status === 401) {
    recent.note({ ...scan, result: "unanswered" });
    return refuseKey(say("keyEnded"));
  }
  const result = status === 200 ? "granted" : "refused";
  const { qr, ...kept } = scan; // a code is worth money: it is not kept once it is answered
  recent.note({ ...kept, qr: undefined, result, code: body.code, ticket: body.ticket_code });
  element("undo").onclick = () => undo(kept);
  present(result, body);
}

async function look(text) {
  busy = true;
  const answer = await gate.inspect(text);
  busy = false;
  heard(answer);
  if (!answer) return present("unanswered");
  if (answer.status === 401) return refuseKey(say("keyEnded"));
  present(answer.status === 200 ? "looked" : "refused", answer.body);
}

async function undo(scan) {
  complain(say("undoing"));
  const answer = await gate.undo(scan.id);
  heard(answer);
  hide();
  if (!answer) return complain(say("noServer"));
  if (answer.status === 401) return refuseKey(say("keyEnded"));
  if (answer.status !== 200) return complain(sayCode(answer.body.code));
  complain("");
  recent.note({ id: scan.id, undone: true });
}

function present(result, body) {
  if (shown() === "waiting" && result === "waiting") return;
  show(result, body);
  shownAt = performance.now();
}

// --- What is seen -------------------------------------------------------------------------

function draw() {
  const known = place !== null;
  element("place").textContent = known ? `${place.venue.code} · ${place.scanner}` : say("title");
  for (const id of ["leave", "functions", "recent", "look-row"]) element(id).hidden = !known;
  element("hint").textContent = known ? say("ticket") : say("logIn");
  element("typed-label").textContent = known ? say("typeTicket") : say("key");
  element("send").textContent = known ? say("send") : say("enter");
  element("typed").type = known ? "text" : "password";
  element("language").textContent = say("other");
  if (known) drawFunctions();
  recent.draw();
  drawLink();
}

function drawFunctions() {
  const chosen = localStorage.getItem(FUNCTION) ?? place.functions[0];
  const choices = place.functions.map((code) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "function", value: code, checked: code === chosen });
    label.append(input, sayFunction(code));
    return label;
  });
  element("functions").replaceChildren(element("functions").firstElementChild, ...choices);
}

function drawLink() {
  element("link").textContent = online ? say("online") : say("offline");
  element("link").classList.toggle("off", !online);
}

function complain(text) {
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}

function heard(answer) {
  online = answer !== null;
  drawLink();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// --- What people do -----------------------------------------------------------------------

element("manual").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = element("typed").value.trim();
  element("typed").value = "";
  if (text && !busy) take(text);
});
element("next").addEventListener("click", () => {
  if (shown() === "waiting") stopped = true;
  else hide();
});
element("functions").addEventListener("change", (event) => {
  localStorage.setItem(FUNCTION, event.target.value);
});
element("leave").addEventListener("click", logOut);
element("language").addEventListener("click", () => {
  localStorage.setItem(LANGUAGE, spoken() === "zh" ? "en" : "zh");
  speak(localStorage.getItem(LANGUAGE));
  draw();
});
addEventListener("offline", () => heard(null));
addEventListener("online", async () => gate && heard(await gate.who()));
setInterval(async () => {
  if (!online && gate && !busy) heard(await gate.who());
}, 3000);

speak(localStorage.getItem(LANGUAGE) ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
draw();
const kept = localStorage.getItem(KEY);
if (kept) await logIn(kept);
const camera = new Camera(element("video"), onText);
element("viewfinder").hidden = false;
if (!(await camera.start())) {
  element("viewfinder").hidden = true;
  complain(say("noCamera"));
}
