// What is seen behind the big screen: where we are, what to admit to, whether we are online.

import { onDevice } from "./kept.js";
import { say, sayFunction, sayOther } from "./words.js";

const FUNCTION = "gangway.function";

const element = (id) => document.getElementById(id);
let online = navigator.onLine;

export const isOnline = () => online;

// `place` is where this device belongs, null before the server has said so.
export function draw(place) {
  const known = place !== null;
  element("place").textContent = known ? `${place.venue.code} · ${place.scanner}` : say("title");
  for (const id of ["leave", "functions", "recent", "look-row"]) element(id).hidden = !known;
  element("hint").textContent = known ? say("ticket") : say("logIn");
  element("typed-label").textContent = known ? say("typeTicket") : say("key");
  element("send").textContent = known ? say("send") : say("enter");
  element("typed").type = known ? "text" : "password";
  [element("language").textContent, element("language").lang] = sayOther();
  if (known) drawFunctions(place.functions);
  drawLink(known);
}

// Where there are several, somebody has to choose: the wrong use cannot be seen on a ticket.
function drawFunctions(functions) {
  const chosen = functions.length === 1 ? functions[0] : onDevice.get(FUNCTION);
  const choices = functions.map((code) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "function", value: code, checked: code === chosen });
    input.addEventListener("change", () => onDevice.set(FUNCTION, code));
    label.append(input, sayFunction(code));
    return label;
  });
  element("functions").replaceChildren(element("functions").firstElementChild, ...choices);
}

export const chosenFunction = () => document.querySelector("input[name=function]:checked")?.value;

export const onlyLooks = () => element("look").checked;

// The last thing that was asked got an answer, or none.
export function heard(answer, known) {
  online = answer !== null;
  drawLink(known);
}

function drawLink(known) {
  const text = online ? (known && say("online")) || "" : say("offline");
  if (element("link").textContent !== text) element("link").textContent = text;
  element("link").classList.toggle("off", !online);
}

export function complain(text) {
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}
