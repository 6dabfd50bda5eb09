// The page's signing against the vectors that the project's own signing is held
// against.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { canonicalQuery, encode, finishACS3, finishRPC, sign, timestamp } from "../page/sign.js";

const folder = new URL("../../../client/signature/testdata/vectors/", import.meta.url);

const pairs = (query) => [...new URLSearchParams(query)];

// received takes a vector's request apart as a server would.
function received(lines) {
  const [method, target] = lines[0].split(" ");
  const headers = new Map(lines.slice(1).map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 1)]));
  return { method, query: pairs(target.slice(target.indexOf("?") + 1)), headers };
}

const files = readdirSync(folder);
test("there are vectors", () => assert.ok(files.length >= 10));

for (const file of files) {
  const vector = JSON.parse(readFileSync(new URL(file, folder)));
  test(file, async () => {
    const { method, query, headers } = received(vector.request);
    if (vector.canonicalQuery) assert.equal(canonicalQuery(query), vector.canonicalQuery);
    if (!vector.signature) return assert.ok(vector.canonicalQuery, "the vector expects nothing");
    const call = { method, endpoint: `http://${(headers.get("host") ?? "").trim()}`, keyId: vector.accessKeyId, secret: vector.secret };
    const authorization = headers.get("authorization");
    if (!authorization) {
      const signed = await finishRPC(call, query.filter(([name]) => name !== "Signature"), []);
      assert.equal(signed.signature, vector.signature);
      if (vector.stringToSign) assert.equal(signed.stringToSign, vector.stringToSign);
      return;
    }
    const names = /SignedHeaders=([^,]+)/.exec(authorization)[1].split(";");
    const signed = await finishACS3(call, names.map((name) => [name, headers.get(name)]), canonicalQuery(query), "", headers.get("x-acs-content-sha256").trim());
    assert.equal(signed.signature, vector.signature);
    assert.equal(signed.headers.at(-1)[1], authorization.trim());
    if (vector.stringToSign) assert.equal(signed.stringToSign, vector.stringToSign);
    if (vector.canonicalRequest) assert.equal(signed.canonicalRequest, vector.canonicalRequest.join("\n"));
  });
}

// The calls that the page itself makes, where a vector has what they sign.
for (const file of ["documented-acs3-post.json", "documented-rpc-describe-dedicated-hosts.json"]) {
  test(`sign ${file}`, async () => {
    const vector = JSON.parse(readFileSync(new URL(file, folder)));
    const { method, query, headers } = received(vector.request);
    const own = ["AccessKeyId", "Action", "Format", "Signature", "SignatureMethod", "SignatureNonce", "SignatureVersion", "Timestamp", "Version"];
    const signed = await sign({
      scheme: headers.has("authorization") ? "acs3" : "rpc",
      method,
      place: "query",
      endpoint: `https://${headers.get("host").trim()}`,
      action: vector.action,
      version: vector.version,
      params: query.filter(([name]) => !own.includes(name)),
      keyId: vector.accessKeyId,
      secret: vector.secret,
      token: "",
      date: new Date(vector.date),
      nonce: vector.nonce,
    });
    assert.equal(signed.signature, vector.signature);
    assert.equal(signed.body, "");
  });
}

test("encoding is that of RFC 3986", () => {
  assert.equal(encode("AZaz09-_.~"), "AZaz09-_.~");
  assert.equal(encode("*'()! +/?&=%,ü中"), "%2A%27%28%29%21%20%2B%2F%3F%26%3D%25%2C%C3%BC%E4%B8%AD");
});

test("parameters are sorted by their bytes", () => {
  assert.equal(canonicalQuery([["b", "2"], ["a", "2"], ["a", "1"], ["\u{1F600}", ""], ["\uFF5E", ""]]), "a=1&a=2&b=2&%EF%BD%9E=&%F0%9F%98%80=");
});

test("times are written to the second", () => assert.equal(timestamp(new Date("2026-11-23T07:06:34.987Z")), "2026-11-23T07:06:34Z"));

const call = { method: "POST", endpoint: "http://127.0.0.1:8080", action: "ApplyCertificate", version: "2024-09-10", params: [["SiteId", "1"]], keyId: "id", secret: "s", token: "", date: new Date(0), nonce: "n" };

test("a form body is hashed, and its type is signed", async () => {
  const signed = await sign({ ...call, scheme: "acs3", place: "form" });
  assert.equal(signed.body, "SiteId=1");
  assert.equal(signed.url, "http://127.0.0.1:8080/");
  assert.match(signed.canonicalRequest, /^POST\n\/\n\ncontent-type:application\/x-www-form-urlencoded\nhost:127\.0\.0\.1:8080\n/);
});

test("a token is signed, and the secret is nowhere", async () => {
  for (const scheme of ["acs3", "rpc"]) {
    const signed = await sign({ ...call, scheme, place: "query", token: "tok en", secret: "very-secret" });
    assert.ok(!JSON.stringify(signed).includes("very-secret"));
    if (scheme === "acs3") assert.match(signed.canonicalRequest, /\nx-acs-accesskey-id:id\n(.*\n)*x-acs-security-token:tok en\n/);
    else assert.match(signed.url, /&SecurityToken=tok%20en&/);
  }
});

test("an empty secret signs as HMAC says", async () => {
  const { createHmac } = await import("node:crypto");
  const signed = await sign({ ...call, scheme: "acs3", place: "query", secret: "" });
  assert.equal(signed.signature, createHmac("sha256", "").update(signed.stringToSign).digest("hex"));
});
