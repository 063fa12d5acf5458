// A second reader of tokens and ticket QRs, written from the description of the format alone.
//
//   node reader.mjs vectors/*.json
//
// prints {"read": n, "disagreements": [...]} and ends with 1 where it disagrees with a vector.
// Node's standard library only.
import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const SALT = "ota-qr/v1";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TYPES = { redeem: 1, view: 2 };
const NOBODY = { master: "5a".repeat(32) };

class Declined extends Error {}

const decline = (code) => {
  throw new Declined(code);
};

const expand = (key, info, length) =>
  Buffer.from(hkdfSync("sha256", Buffer.from(key.master, "hex"), SALT, info, length));

const mac = (key, message) => createHmac("sha256", key).update(message).digest();

const living = (ring, kid) => ring.find((key) => key.kid === kid && key.state !== "destroyed");

function readToken(text, ring, wanted, now) {
  if (!/^[A-Za-z0-9_-]{128}$/.test(text)) decline("token_invalid");
  const raw = Buffer.from(text, "base64url");
  if (raw.length !== 96 || raw[0] !== 1) decline("token_invalid");
  const key = living(ring, raw.readUInt16BE(1));
  const keys = expand(key ?? NOBODY, Buffer.concat([Buffer.from("qr"), raw.subarray(0, 3)]), 64);
  const genuine = timingSafeEqual(mac(keys.subarray(32), raw.subarray(0, 64)), raw.subarray(64));
  if (!genuine || !key) decline("token_invalid");
  const token = parse(decrypt(raw, keys.subarray(0, 32)));
  if (token.type !== TYPES[wanted]) decline("wrong_token_type");
  if (token.issued > now + 60) decline("token_invalid");
  if (now >= token.issued + 60 * token.ttl_minutes) decline("token_expired");
  if (token.issued < (key.since ?? 0)) decline("token_invalid");
  if (token.issued > (key.until ?? 0xffffffff)) decline("token_invalid");
  return { kid: key.kid, ...token };
}

function decrypt(raw, key) {
  const cipher = createDecipheriv("aes-256-gcm", key, raw.subarray(3, 15), { authTagLength: 16 });
  cipher.setAAD(raw.subarray(0, 3));
  cipher.setAuthTag(raw.subarray(48, 64));
  const plain = cipher.update(raw.subarray(15, 48));
  try {
    cipher.final();
  } catch {
    decline("token_invalid");
  }
  return plain;
}

function parse(plain) {
  const token = {
    type: plain[0],
    flags: plain[1],
    ticket: plain
      .toString("hex", 2, 18)
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    issued: plain.readUInt32BE(18),
    ttl_minutes: plain.readUInt16BE(22),
    generation: plain.readUInt32BE(24),
    audience: plain.readUInt32BE(28),
  };
  const sound = plain[32] === 0 && [1, 2].includes(token.type);
  if (!sound || token.ttl_minutes < 1 || token.ttl_minutes > 1440) decline("token_invalid");
  return token;
}

function readTicketQr(text, ring) {
  const parts = /^([0-9A-Z][0-9A-Z-]{0,59}):([0-9]{1,5})\.([0-9]{1,10})\.([0-9A-Z]{26})$/.exec(text);
  if (!parts) decline("token_invalid");
  const [kid, generation] = [whole(parts[2], 0xffff), whole(parts[3], 0xffffffff)];
  const key = living(ring, kid);
  const info = Buffer.concat([Buffer.from("ticket"), bytes(2, kid)]);
  const message = Buffer.concat([Buffer.from(parts[1], "ascii"), bytes(4, generation)]);
  const expected = crockford(mac(expand(key ?? NOBODY, info, 32), message).subarray(0, 16));
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(parts[4]))) decline("token_invalid");
  return key ? { code: parts[1], kid, generation } : decline("token_invalid");
}

function whole(digits, most) {
  const value = Number(digits);
  return String(value) === digits && value <= most ? value : decline("token_invalid");
}

function bytes(length, value) {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
}

function crockford(raw) {
  const bits = [...raw].map((byte) => byte.toString(2).padStart(8, "0")).join("") + "00";
  return bits.match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join("");
}

function outcome(kind, item, ring) {
  try {
    const read =
      kind === "token"
        ? readToken(item.text, ring, item.as, item.now)
        : readTicketQr(item.text, ring);
    const current = item.current_generation ?? read.generation;
    return current === read.generation ? { expect: "ok", read } : { expect: "superseded_qr" };
  } catch (error) {
    if (error instanceof Declined) return { expect: error.message };
    throw error;
  }
}

const canonical = (fields) => JSON.stringify(Object.entries(fields ?? {}).sort());

function disagreements(document) {
  return document.cases
    .map((item) => ({ ...document.defaults, ...item }))
    .filter((item) => {
      const seen = outcome(document.kind, item, document.keyrings[item.ring]);
      const same = seen.expect !== "ok" || canonical(seen.read) === canonical(item.fields);
      return seen.expect !== item.expect || !same;
    })
    .map((item) => item.name);
}

const documents = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const read = documents.reduce((sum, document) => sum + document.cases.length, 0);
const differing = documents.flatMap(disagreements);
console.log(JSON.stringify({ read, disagreements: differing }));
process.exitCode = differing.length ? 1 : 0;
