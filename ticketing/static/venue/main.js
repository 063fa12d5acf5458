// A phone as a scanner: logs in with its key, scans, and shows what the server says.

import { Camera } from "./camera.js";
import { chosenFunction, complain, draw, heard, isOnline, onlyLooks } from "./desk.js";
import { Gate } from "./gate.js";
import { onDevice } from "./kept.js";
import { Recent } from "./recent.js";
import { hide, show, shown } from "./screens.js";
import { say, sayCode, speak, spoken } from "./words.js";

const KEY = "gangway.key";
const LANGUAGE = "gangway.language";
const A_KEY = /^(gw_scan_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}|venue_test_key_[0-9a-z]{1,20})$/;
const AGAIN_AFTER = [0, 500, 1500, 3000]; // milliseconds before each time a scan is sent
const SOON = 300; // until an answer that is not there yet is waited for on the big screen
const OUT_OF_SIGHT = 2500; // until the same code counts as held up anew
const AT_LEAST = 1200; // how long a result stays before the next code may replace it
const BEATS = { online: 20_000, offline: 3000 }; // between two questions whether the server is there

const element = (id) => document.getElementById(id);
let gate = null; // talks with the key of this device
let place = null; // where that key belongs, once the server has said so
let work = null; // calls off what is waited for
const NOTHING = { text: "", seen: 0 };
let last = NOTHING; // what the camera saw
let shownAt = 0;

const recent = new Recent(element("scans"), { onUndo: undo, onAskAgain: redeem });

// --- Logging in ---------------------------------------------------------------------------

async function logIn(key) {
  // With a key that the server has not confirmed yet, a ticket is no wrong key.
  if (!A_KEY.test(key)) return complain(say(gate ? "noServer" : "badKey"));
  const wait = begin();
  const candidate = new Gate(key);
  const answer = await candidate.who();
  end(wait);
  if (!answer) return noServer();
  if (answer.status !== 200) return refuseKey(say("badKey"));
  gate = candidate;
  onDevice.set(KEY, key);
  arrive(answer);
}

function arrive(answer) {
  heard(answer, true);
  if (answer.status === 401) return refuseKey(say("keyEnded"));
  if (answer.status !== 200) return noServer();
  if (!place) complain("");
  if (JSON.stringify(place) === JSON.stringify(answer.body)) return;
  place = answer.body;
  last = NOTHING; // a ticket that was held up too early counts now
  draw(place);
}

function refuseKey(why) {
  onDevice.remove(KEY);
  gate = place = null;
  hide();
  draw(place);
  complain(why);
}

function logOut() {
  recent.forget();
  refuseKey("");
}

function noServer() {
  heard(null, place !== null);
  complain(say("noServer"));
}

// --- Scanning -----------------------------------------------------------------------------

function onText(text) {
  const now = performance.now();
  if (text === last.text && now - last.seen < OUT_OF_SIGHT) {
    last.seen = now;
    return;
  }
  if (work || (shown() && now - shownAt < AT_LEAST)) return;
  last = { text, seen: now };
  take(text);
}

function take(text) {
  if (!place) return logIn(text);
  if (A_KEY.test(text)) return; // the key of this device, still in sight
  if (onlyLooks()) return look(text);
  const fn = chosenFunction();
  if (!fn) return complain(say("noFunction"));
  return redeem(recent.unanswered(text, fn) ?? { id: newId(), qr: text, fn, at: new Date().toISOString() });
}

// Asks until the server has answered or staff stop waiting; the scan_id stays the same.
async function redeem(scan) {
  if (work) return;
  const wait = begin();
  recent.note({ ...scan, result: "waiting" });
  let answer = null;
  for (let attempt = 0; !answer && !wait.signal.aborted; attempt += 1) {
    await pause(AGAIN_AFTER[Math.min(attempt, AGAIN_AFTER.length - 1)], wait.signal);
    answer = wait.signal.aborted ? null : await gate.scan(scan, wait.signal);
    if (answer || !wait.signal.aborted) heard(answer, true);
  }
  end(wait);
  if (answer && answer.status !== 401) return answered(scan, answer);
  recent.note({ ...scan, result: "unanswered" });
  if (answer) return refuseKey(say("keyEnded"));
  present("unanswered", {}, () => redeem(scan));
}

function answered(scan, { status, body }) {
  const result = status === 200 ? "granted" : "refused";
  // A code is worth money: it is not kept once it is answered.
  recent.note({ ...scan, qr: undefined, result, code: body.code, ticket: body.ticket_code });
  present(result, { function_code: scan.fn, ...body }, result === "granted" ? () => undo(scan) : null);
}

async function look(text) {
  const answer = await asked((signal) => gate.inspect(text, signal));
  if (answer) present(answer.status === 200 ? "looked" : "refused", answer.body);
}

async function undo(scan) {
  const answer = await asked((signal) => gate.undo(scan.id, signal));
  if (!answer) return;
  if (answer.status !== 200) return complain(sayCode(answer.body.code));
  recent.note({ id: scan.id, undone: true });
  present("undone", answer.body);
}

// What can be asked anew by hand is asked once; null where there is nothing to show.
async function asked(question) {
  if (work) return null;
  const wait = begin();
  const answer = await question(wait.signal);
  end(wait);
  if (!answer) return noServer() ?? null;
  heard(answer, true);
  if (answer.status === 401) return refuseKey(say("keyEnded")) ?? null;
  return answer;
}

// From here on no earlier result is to be seen: it could be taken for the one that is to come.
function begin() {
  hide();
  complain("");
  work = new AbortController();
  work.timer = setTimeout(() => present("waiting"), isOnline() ? SOON : 0);
  return work;
}

function end(wait) {
  clearTimeout(wait.timer);
  work = null;
  hide();
}

function present(result, body, act) {
  show(result, body, act);
  shownAt = performance.now();
}

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", resolve, { once: true });
  });

// crypto.randomUUID is there on https only; typing works without.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- What people do -----------------------------------------------------------------------

element("manual").addEventListener("submit", (event) => {
  event.preventDefault();
  if (work) return;
  const text = element("typed").value.trim();
  element("typed").value = "";
  if (text) take(text);
});
element("next").addEventListener("click", () => {
  if (work) work.abort();
  else hide();
});
element("functions").addEventListener("change", () => (last = NOTHING));
element("leave").addEventListener("click", logOut);
element("language").addEventListener("click", () => {
  onDevice.set(LANGUAGE, spoken() === "zh" ? "en" : "zh");
  complain("");
  speak(onDevice.get(LANGUAGE));
  draw(place);
  recent.draw();
});
// A handheld reader types: whatever has the focus, its characters belong into the field.
addEventListener("keydown", (event) => {
  const isCharacter = event.key.length === 1 && event.key !== " ";
  if (!isCharacter || event.ctrlKey || event.metaKey || event.altKey) return;
  if (work || event.target === element("typed")) return;
  hide();
  element("typed").focus();
});
addEventListener("offline", () => heard(null, place !== null));
addEventListener("online", beat);

async function beat() {
  if (!gate || work || document.hidden) return;
  const asker = gate;
  const answer = await asker.who();
  if (gate !== asker) return; // logged out meanwhile
  if (answer) arrive(answer);
  else if (place) heard(null, true);
  else noServer();
}

async function keepBeating() {
  await beat();
  setTimeout(keepBeating, isOnline() ? BEATS.online : BEATS.offline);
}

async function startCamera() {
  const camera = new Camera(element("video"), onText);
  const works = await camera.start();
  element("viewfinder").hidden = !works;
  element("blind").hidden = works;
}

speak(onDevice.get(LANGUAGE) ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
if (onDevice.get(KEY)) gate = new Gate(onDevice.get(KEY));
draw(place);
recent.draw();
startCamera();
keepBeating();
