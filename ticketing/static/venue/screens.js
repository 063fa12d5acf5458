// The big screen: every result is a colour, a shape, a word and a vibration of its own.

import { say, sayCode, sayFunction, sayStatus, sayTime } from "./words.js";

const SHAPES = {
  granted: ["M50 4a46 46 0 1 0 .1 0z", "M28 52l16 16 30-34"],
  refused: ["M31 4h38l27 27v38L69 96H31L4 69V31z", "M34 34l32 32M66 34L34 66"],
  waiting: ["M50 4l48 90H2z", "M50 38v24M50 78h.1"],
  unanswered: ["M50 4l48 90H2z", "M50 38v24M50 78h.1"],
  looked: ["M6 6h88v88H6z", "M50 30h.1M50 46v26"],
  undone: ["M50 2l48 48-48 48L2 50z", "M68 50H36M46 38L34 50l12 12"],
};
const BUZZ = {
  granted: [250],
  refused: [90, 70, 90, 70, 400],
  unanswered: [400, 200, 400],
  undone: [90, 70, 90],
};
const FRESH = 8000; // milliseconds: an older "granted" could be taken for the next guest's

const element = (id) => document.getElementById(id);
let ageing = 0;

// `act` is what staff may do about it, beside going on: undo, or ask again.
export function show(result, body = {}, act = null) {
  clearTimeout(ageing);
  const screen = element("verdict");
  screen.className = `verdict ${result}`;
  screen.dataset.result = result;
  const [shape, mark] = SHAPES[result];
  element("shape").setAttribute("d", shape);
  element("mark").setAttribute("d", mark);
  element("word").textContent = say(result);
  element("said").replaceChildren(...lines(result, body).map(paragraph));
  element("next").textContent = result === "waiting" ? say("giveUp") : say("next");
  element("act").textContent = result === "granted" ? say("undo") : say("askAgain");
  element("act").onclick = act;
  element("act").hidden = act === null;
  screen.hidden = false;
  cover(true);
  element("next").focus();
  navigator.vibrate?.(BUZZ[result] ?? []);
  if (result === "granted") ageing = setTimeout(hide, FRESH);
}

export function hide() {
  clearTimeout(ageing);
  element("verdict").hidden = true;
  cover(false);
}

export const shown = () => (element("verdict").hidden ? null : element("verdict").dataset.result);

// What lies behind the screen is out of reach, for the tab key as well.
function cover(covered) {
  for (const name of ["header", "main"]) document.querySelector(name).inert = covered;
}

function paragraph([text, name]) {
  const line = document.createElement("p");
  line.textContent = text;
  if (name) line.className = name;
  return line;
}

// [text, class] of each line below the word.
function lines(result, body) {
  if (result === "waiting") return [[say("waitingText"), "why"]];
  if (result === "unanswered") return [[say("unansweredText"), "why"]];
  if (result === "granted") {
    return [[`${sayFunction(body.function_code)} · ${say("left")(body.remaining_uses)}`, "why"], ...about(body)];
  }
  return [[reason(result, body), "why"], ...uses(body), ...about(body), ...rights(body)];
}

function reason(result, body) {
  if (result === "undone") return say("undoneText");
  return result === "refused" ? sayCode(body.code) : sayStatus(body.ticket_status);
}

// When and where it was used: the question a refused guest asks.
function uses(body) {
  const taken = (body.last_redemptions ?? []).filter((use) => !use.undone);
  const same = taken.filter((use) => use.function_code === body.function_code);
  return (same.length ? same : taken).slice(0, 3).map((use) => [
    `${sayFunction(use.function_code)}: ${say("at")(sayTime(use.redeemed_at), use.venue)}`, "used",
  ]);
}

function about(body) {
  const known = [];
  if (body.product) known.push([body.product.name, "product"]);
  if (body.ticket_code) known.push([body.ticket_code, "code"]);
  return known;
}

function rights(body) {
  return (body.entitlements ?? []).map((right) => [
    `${sayFunction(right.function_code)}: ${say("left")(right.remaining_uses)}`, "right",
  ]);
}
