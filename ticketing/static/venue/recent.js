// The last scans of this device, newest first; a granted one can be taken back for 15 minutes.

import { say, sayCode, sayFunction, sayTime } from "./words.js";

const KEPT = 20;
const UNDO_FOR = 15 * 60 * 1000;
const STORE = "gangway.scans";

export class Recent {
  constructor(list, { onUndo, onAskAgain }) {
    this.list = list;
    this.onUndo = onUndo;
    this.onAskAgain = onAskAgain;
    this.scans = JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
  }

  // Adds a scan, or says more about one that is there.
  note(scan) {
    const known = this.scans.find((each) => each.id === scan.id);
    if (known) Object.assign(known, scan);
    else this.scans.unshift(scan);
    this.scans.length = Math.min(this.scans.length, KEPT);
    sessionStorage.setItem(STORE, JSON.stringify(this.scans));
    this.draw();
  }

  forget() {
    this.scans = [];
    sessionStorage.removeItem(STORE);
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
