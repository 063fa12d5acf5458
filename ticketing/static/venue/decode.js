// A worker: answers a picture with the text of the QR code in it, or with nothing.

import decode from "./decoder.js";

globalThis.onmessage = ({ data: picture }) => {
  let text;
  try {
    text = decode(picture);
  } catch {
    text = undefined; // most pictures hold no code
  }
  globalThis.postMessage(text);
};
