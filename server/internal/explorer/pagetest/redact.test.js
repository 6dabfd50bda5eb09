import assert from "node:assert/strict";
import test from "node:test";

import { redactor, redactRequest } from "../page/redact.js";
import { sign } from "../page/sign.js";

const contract = { parameters: [{ name: "SiteId" }, { name: "PrivateKey", confidential: true }] };
const base = { method: "POST", endpoint: "http://127.0.0.1:8080", action: "A", version: "1", keyId: "id", secret: "s", token: "", date: new Date(0), nonce: "n" };
const long = "-----BEGIN PRIVATE KEY-----\nabcDEF+/==\"$&\n-----END PRIVATE KEY-----\n";

test("a confidential value is in nothing that is shown of a request", async (t) => {
  for (const value of ["a", "S3CR3T", long]) {
    for (const scheme of ["acs3", "rpc", "rpc-sha256"]) {
      for (const place of ["query", "form"]) {
        await t.test(`${JSON.stringify(value).slice(0, 12)} ${scheme} ${place}`, async () => {
          const call = { ...base, scheme, place, params: [["SiteId", "12"], ["PrivateKey", value]] };
          const request = await sign(call);
          const shown = redactRequest(request, redactor(call, contract));
          const text = [shown.url, shown.body, shown.canonicalRequest, shown.stringToSign].join("\n");
          assert.match(text, /PrivateKey=\*\*\*/);
          assert.doesNotMatch(text, /abcDEF|S3CR3T|PrivateKey=a|PrivateKey%3Da/);
          assert.match(text, /SiteId=12/);
          assert.equal(shown.signature, request.signature);
          assert.deepEqual(shown.headers, request.headers);
          if (scheme !== "acs3") assert.match(shown.stringToSign, /PrivateKey%3D\*\*\*/);
        });
      }
    }
  }
});

test("a confidential value is not shown in a response", async () => {
  const call = { ...base, scheme: "rpc", place: "form", params: [["PrivateKey", long]] };
  const { stringToSign } = await sign(call);
  const redact = redactor(call, contract);
  const text = redact(JSON.stringify({ Message: `server StringToSign is [${stringToSign}]`, Echo: long }));
  assert.doesNotMatch(text, /abcDEF/);
  assert.equal(JSON.parse(text).Echo, "***");
});

test("other calls are unchanged", () => {
  const text = "PrivateKey=abc&SiteId=1";
  assert.equal(redactor({ params: [["SiteId", "1"]] }, contract)(text), text);
  assert.equal(redactor({ params: [["PrivateKey", ""]] }, contract)(text), text);
});
