// The last scans of this device, newest first; a granted one can be taken back for 15 minutes.

import { inTab } from "./kept.js";
import { say, sayCode, sayFunction, sayTime } from "./words.js";

const KEPT = 20;
const UNDO_FOR = 15 * 60 * 1000;
const STORE = "gangway.scans";

export class Recent {
  constructor(list, { onUndo, onAskAgain }) {
    this.list = list;
    this.onUndo = onUndo;
    this.onAskAgain = onAskAgain;
    this.scans = remembered();
  }

  // Adds a scan, or says more about one that is there.
  note(scan) {
    const known = this.scans.find((each) => each.id === scan.id);
    if (known) Object.assign(known, scan);
    else this.scans.unshift(scan);
    this.scans.length = Math.min(this.scans.length, KEPT);
    inTab.set(STORE, JSON.stringify(this.scans));
    this.draw();
  }

  // The scan of this code that the server has not answered: it may have taken its use.
  unanswered(qr, fn) {
    return this.scans.find((each) => each.result === "unanswered" && each.qr === qr && each.fn === fn);
  }

  forget() {
    this.scans = [];
    inTab.remove(STORE);
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.scans.map((scan) => this.row(scan)));
  }

  row(scan) {
    const row = document.createElement("li");
    row.className = scan.undone ? "undone" : scan.result;
    row.append(text("b", scan.undone ? say("undone") : say(scan.result)));
    row.append(text("span", `${sayTime(scan.at)} · ${sayFunction(scan.fn)} ${told(scan)}`));
    const granted = scan.result === "granted" && !scan.undone;
    if (granted && Date.now() - Date.parse(scan.at) < UNDO_FOR) {
      row.append(button(say("undo"), () => this.onUndo(scan)));
    }
    if (scan.result === "unanswered") {
      row.append(button(say("askAgain"), () => this.onAskAgain(scan)));
    }
    return row;
  }
}

// What waited when the page was left was not answered.
function remembered() {
  try {
    const scans = JSON.parse(inTab.get(STORE) ?? "[]");
    return scans.map((scan) => (scan.result === "waiting" ? { ...scan, result: "unanswered" } : scan));
  } catch {
    return [];
  }
}

function told(scan) {
  const tail = scan.ticket ? `…${scan.ticket.slice(-6)}` : "";
  return scan.code ? `${sayCode(scan.code)} ${tail}` : tail;
}

function text(name, content) {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}

function button(content, onClick) {
  const made = text("button", content);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}
