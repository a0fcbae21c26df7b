// Reads tests/vectors/sealed.json with WebCrypto alone, written from docs/formats/sealed.md; prints what it found.
import { readFileSync } from "node:fs";

const { subtle } = globalThis.crypto;
const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (octets) => Array.from(new Uint8Array(octets), (octet) => octet.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);
const joined = (parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const number = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const prefixed = (...parts) =>
  joined([number(parts.length), ...parts.map(utf8).flatMap((octets) => [number(octets.length), octets])]);

function root(ring, id) {
  const key = vectors.keyset.rings[ring].find((one) => one.id === id);
  if (!key || !["primary", "decrypt_only"].includes(key.state)) throw new Error("KeyUnavailable");
  return Uint8Array.from(Buffer.from(key.secret, "base64url"));
}

async function derived(secret, bits, ...label) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const info = prefixed("shopprivacy/1", vectors.keyset.tenant, ...label);
  return subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, key, bits);
}

async function material(vector, suite, key) {
  if (suite === 2 && vector.handle !== key) throw new Error("KeyUnavailable");
  const secret = suite === 1 ? root("data", key.slice(0, 8)) : bytes(vector.secret);
  const okm = await derived(secret, 512, ["sealed-field", "sealed-subject"][suite - 1], "aes-256-gcm", key);
  const aes = await subtle.importKey("raw", okm.slice(0, 32), "AES-GCM", false, ["encrypt", "decrypt"]);
  return { aes, commitment: hex(okm.slice(32)) };
}

function content(vector) {
  const { type, value } = vector;
  const ascii = { decimal: decimal, date: (text) => text, moment: (text) => text.replace("+00:00", "Z") };
  const types = ["text", "bytes", "integer", "decimal", "date", "moment", "boolean", "json"];
  const octets =
    type === "text" ? utf8(value)
    : type === "bytes" ? bytes(value)
    : type === "integer" ? integer(BigInt(value))
    : type === "boolean" ? [value ? 1 : 0]
    : type === "json" ? utf8(JSON.stringify(value))
    : utf8(ascii[type](value));
  return joined([[types.indexOf(type) + 1], octets]);
}

function integer(value) {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length += 1;
  return bytes(BigInt.asUintN(8 * length, value).toString(16).padStart(2 * length, "0"));
}

function decimal(text) {
  const [, sign, whole, , fraction = "", , exponent = "0"] = text.match(/^(-?)(\d+)(\.(\d+))?(E(.+))?$/);
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  return `${sign}${digits}E${Number(exponent) - fraction.length}`;
}

const gcm = (vector, nonce) => ({
  name: "AES-GCM", iv: nonce, tagLength: 128, additionalData: prefixed("shopprivacy/1", vector.field),
});

async function opened(vector) {
  const envelope = bytes(vector.envelope);
  if (envelope.length < 49 || ![1, 2].includes(envelope[0])) throw new Error("NotSealed");
  if (envelope.length < 78 || envelope[0] !== vector.suite) throw new Error("SealBroken");
  const { aes, commitment } = await material(vector, envelope[0], hex(envelope.slice(1, 17)));
  if (hex(envelope.slice(17, 49)) !== commitment) throw new Error("SealBroken");
  try {
    return await subtle.decrypt(gcm(vector, envelope.slice(49, 61)), aes, envelope.slice(61));
  } catch {
    throw new Error("SealBroken");
  }
}

const found = { sealed: 0, refused: 0, indexes: 0, wrong: [] };
for (const vector of vectors.sealed) {
  const key = vector.envelope.slice(2, 34);
  const { aes, commitment } = await material(vector, vector.suite, key);
  const plain = content(vector);
  const octets = await subtle.encrypt(gcm(vector, bytes(vector.nonce)), aes, plain);
  const envelope = hex([vector.suite]) + key + commitment + vector.nonce + hex(octets);
  const same = hex(plain) === vector.content && envelope === vector.envelope;
  if (same && hex(await opened(vector)) === vector.content) found.sealed += 1;
  else found.wrong.push(vector);
}
for (const vector of vectors.refused) {
  let error = "SealBroken"; // a content that is no value is for whoever reads it to refuse
  try {
    if (!vector.why.startsWith("no value") || hex(await opened(vector)) !== vector.why.slice(10)) error = "";
    if (error === "") await opened(vector);
  } catch (refusal) {
    error = refusal.message;
  }
  if (error === vector.error) found.refused += 1;
  else found.wrong.push(vector);
}
for (const vector of vectors.indexes) {
  const label = ["blind-index", "hmac-sha256", vector.field, vector.name, vector.normaliser];
  const secret = await derived(root("index", vector.key_id), 256, ...label);
  const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const index = hex(await subtle.sign("HMAC", key, bytes(vector.content))).slice(0, 32);
  if (index === vector.index) found.indexes += 1;
  else found.wrong.push(vector);
}
console.log(JSON.stringify(found));
