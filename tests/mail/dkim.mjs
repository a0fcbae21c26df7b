// Verifies the DKIM signature of a message with mailauth alone; prints its result and the fields that it covers.
//   node dkim.mjs FOLDER-WITH-NODE_MODULES MESSAGE.eml PUBLIC-KEY
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, message, key] = process.argv.slice(2);
const { dkimVerify } = createRequire(`${folder}/`)("mailauth/lib/dkim/verify.js");
const found = await dkimVerify(readFileSync(message), { resolver: async () => [[`v=DKIM1; k=rsa; p=${key}`]] });
const [{ status, signingHeaders }] = found.results;
console.log(JSON.stringify({ result: status.result, covered: signingHeaders.keys.toLowerCase() }));
