// Verify a notice of Gangway (Standard Webhooks 1.0). Node 18 or newer, nothing else.
//
// As a program: node verify.mjs SECRET < request.json prints the type of a good notice, or fails.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const TOLERANCE = 300; // seconds

// The notice, if it is genuine and not stale; throws otherwise. `body` is the raw body as it came,
// a string or a Buffer (express: express.raw({ type: "application/json" })).
export function verify(body, headers, secret) {
  const id = headers["webhook-id"];
  const stamp = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(stamp)) <= TOLERANCE)) {
    throw new Error("too old, or from the future");
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const digest = createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  // While a secret is changed there are two signatures, one of them with yours.
  const offered = headers["webhook-signature"].split(" ").map((each) => Buffer.from(each));
  const isGenuine = offered.some(
    (each) => each.length === expected.length && timingSafeEqual(each, expected),
  );
  if (!isGenuine) throw new Error("wrong signature");
  return JSON.parse(body.toString("utf8"));
}

if (process.argv[1] && process.argv[1].endsWith("verify.mjs")) {
  const request = JSON.parse(readFileSync(0, "utf8"));
  console.log(verify(request.body, request.headers, process.argv[2]).type);
}
