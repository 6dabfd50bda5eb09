import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";

import { canonicalQuery, canSign, encode, finishACS3, finishRPC, newNonce, sha256, sign, timestamp } from "../page/sign.js";
import { vectors } from "./vectors.js";

const hashOf = (text) => createHash("sha256").update(text).digest("hex");
const own = ["AccessKeyId", "Action", "Format", "SignatureMethod", "SignatureNonce", "SignatureVersion", "Timestamp", "Version"];
const plain = ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

test("vectors of client/signature", async (t) => {
  const all = vectors();
  const signed = all.filter((v) => v.vector.signature);
  assert.ok(signed.filter((v) => v.scheme === "acs3").length >= 4, "too few vectors of ACS3");
  assert.ok(signed.filter((v) => v.scheme === "rpc").length >= 4, "too few vectors of signature 1.0");
  assert.ok(signed.some((v) => v.scheme === "rpc-sha256"), "no vector of signature 1.0 with HMAC-SHA256");
  for (const { name, vector, query, scheme, headers, call } of all) {
    await t.test(name, async () => {
      assert.ok(vector.signature || vector.canonicalQuery, "the vector expects nothing");
      if (vector.canonicalQuery) assert.equal(canonicalQuery(query), vector.canonicalQuery);
      if (!vector.signature) return;
      const got = scheme === "acs3" ? await ofACS3(call, query, headers) : await ofRPC(call, query);
      if (vector.canonicalRequest) assert.equal(got.canonicalRequest, vector.canonicalRequest.join("\n"));
      if (vector.canonicalRequestSHA256) assert.equal(hashOf(got.canonicalRequest), vector.canonicalRequestSHA256);
      if (vector.stringToSign) assert.equal(got.stringToSign, vector.stringToSign);
      assert.equal(got.signature, vector.signature);
      assert.deepEqual([...new URL(got.url).searchParams].sort(), [...query].sort());
      if (scheme === "acs3") assert.equal(new Map(got.headers).get("authorization"), new Map(headers).get("authorization"));
      // If the client sends only what the page sends, signing the whole call returns the same signature.
      if (scheme === "acs3" && signedNames(headers).length === plain.length) {
        const whole = await sign({ ...call, scheme, params: query });
        assert.equal(whole.signature, vector.signature, "signed as a call of the page");
      }
      if (scheme !== "acs3" && query.find(([n]) => n === "Format")[1] === "JSON") {
        const whole = await sign({ ...call, scheme, params: query.filter(([n]) => ![...own, "Signature"].includes(n)) });
        assert.equal(whole.signature, vector.signature, "signed as a call of the page");
      }
    });
  }
});

const signedNames = (headers) => /SignedHeaders=([^,]*)/.exec(new Map(headers).get("authorization"))[1].split(";");

const ofACS3 = (call, query, headers) => {
  const names = signedNames(headers);
  return finishACS3(call, headers.filter(([name]) => names.includes(name)), canonicalQuery(query), "", new Map(headers).get("x-acs-content-sha256"));
};
const ofRPC = (call, query) => finishRPC(call, query.filter(([name]) => name !== "Signature"), []);

test("encode", async (t) => {
  for (const [name, text, want] of [
    ["unreserved", "AZaz09-_.~", "AZaz09-_.~"],
    ["what encodeURIComponent leaves", "*!'()", "%2A%21%27%28%29"],
    ["space", " ", "%20"],
    ["plus, percent, ampersand, equals sign", "+%&=", "%2B%25%26%3D"],
    ["slash, colon, comma", "/:,", "%2F%3A%2C"],
    ["umlaut", "ü", "%C3%BC"],
    ["beyond 16 bits", "😀", "%F0%9F%98%80"],
    ["half of a character", "a\ud83d", "a%EF%BF%BD"],
    ["control", "\n\t\0", "%0A%09%00"],
    ["empty", "", ""],
  ]) {
    await t.test(name, () => assert.equal(encode(text), want));
  }
});

test("canonicalQuery", async (t) => {
  for (const [name, pairs, want] of [
    ["nothing", [], ""],
    ["empty value", [["Domains", ""]], "Domains="],
    ["sorted by name, not by pair", [["a-", "1"], ["a", "2"], ["a.", "3"]], "a=2&a-=1&a.=3"],
    ["capitals first", [["b", "1"], ["A", "2"]], "A=2&b=1"],
    ["repeats are kept, smaller value first", [["a", "2"], ["a", "1"], ["a", "2"]], "a=1&a=2&a=2"],
    ["sorted before encoding", [["~", "1"], ["ü", "2"], ["*", "3"]], "%2A=3&~=1&%C3%BC=2"],
    ["order of bytes, not of UTF-16", [["😀", "1"], ["\uff21", "2"]], "%EF%BC%A1=2&%F0%9F%98%80=1"],
    ["equals sign in the value", [["a", "b=c"]], "a=b%3Dc"],
  ]) {
    await t.test(name, () => {
      const given = structuredClone(pairs);
      assert.equal(canonicalQuery(pairs), want);
      assert.deepEqual(pairs, given, "the given pairs are unchanged");
      assert.equal(canonicalQuery([...new URLSearchParams(want)]), want, "it is its own canonical form");
    });
  }
});

const base = {
  method: "POST",
  place: "query",
  endpoint: "http://127.0.0.1:18080",
  params: [["SiteId", "1234567890123"], ["Domains", "www.example.com"]],
  action: "ApplyCertificate",
  version: "2024-09-10",
  keyId: "testAK",
  secret: "a very secret text",
  token: "",
  date: new Date("2026-11-23T07:06:40.987Z"),
  nonce: "n-1",
};

const changes = [
  ["POST", {}],
  ["GET", { method: "GET" }],
  ["no parameters", { params: [] }],
  ["odd characters", { params: [["Domains", "*.example.com,a b,~ü%+&=(p)!'q'#?/\n\u{1f600}"]] }],
  ["empty value and repeats", { params: [["a", ""], ["a", "2"], ["a", "1"]] }],
  ["token", { token: "STS/token+with=chars==" }],
  ["form", { place: "form" }],
  ["form with odd characters", { place: "form", params: [["a b", "*~ü%+&\u{1f600}"]] }],
  ["form with a token", { place: "form", token: "t+/=" }],
  ["form without parameters", { place: "form", params: [] }],
  ["endpoint without a port", { endpoint: "https://esa.cn-hangzhou.aliyuncs.com" }],
  ["endpoint of IPv6", { endpoint: "http://[::1]:8080" }],
  ["secret beyond ASCII", { secret: "gehëim" }],
];

// What every signed request has, for each scheme.
function common(call, got) {
  assert.equal(got.method, call.method);
  assert.ok(got.url.startsWith(`${call.endpoint}/`), got.url);
  assert.equal(new Map(got.headers).get("host"), new URL(call.endpoint).host);
  assert.deepEqual([...new URLSearchParams(got.body)].sort(), call.place === "form" ? [...call.params].sort() : []);
  const isForm = new Map(got.headers).get("content-type") === "application/x-www-form-urlencoded";
  assert.equal(isForm, got.body !== "");
  assert.equal(JSON.stringify(got).includes(call.secret), false, "the secret is in the request");
}

test("ACS3 signs what it sends", async (t) => {
  for (const [name, change] of changes) {
    await t.test(name, async () => {
      const call = Object.freeze({ ...base, scheme: "acs3", ...change });
      const got = await sign(call);
      common(call, got);
      const sent = Object.fromEntries(got.headers);
      const [, id, names, signature] = /^ACS3-HMAC-SHA256 Credential=(.*),SignedHeaders=(.*),Signature=([0-9a-f]{64})$/.exec(sent.authorization);
      assert.equal(id, call.keyId);
      const expected = [...plain, ...(got.body ? ["content-type"] : []), ...(call.token ? ["x-acs-accesskey-id", "x-acs-security-token"] : [])].sort();
      assert.deepEqual(names.split(";"), expected);
      assert.equal(sent["x-acs-content-sha256"], hashOf(got.body));
      assert.equal(sent["x-acs-date"], "2026-11-23T07:06:40Z");
      assert.equal(sent["x-acs-signature-nonce"], call.nonce);
      assert.equal(sent["x-acs-action"], call.action);
      assert.equal(sent["x-acs-version"], call.version);
      assert.equal(sent["x-acs-security-token"], call.token || undefined);
      assert.equal(sent["x-acs-accesskey-id"], call.token ? call.keyId : undefined);
      const query = new URL(got.url).search.slice(1);
      assert.deepEqual([...new URLSearchParams(query)].sort(), call.place === "form" ? [] : [...call.params].sort());
      const canonical = [call.method, "/", query, ...expected.map((h) => `${h}:${sent[h]}`), "", names, hashOf(got.body)].join("\n");
      assert.equal(got.canonicalRequest, canonical);
      assert.equal(got.stringToSign, `ACS3-HMAC-SHA256\n${hashOf(canonical)}`);
      assert.equal(signature, createHmac("sha256", call.secret).update(got.stringToSign).digest("hex"));
      assert.equal(got.signature, signature);
    });
  }
});

for (const [scheme, hash] of [["rpc", "sha1"], ["rpc-sha256", "sha256"]]) test(`signature 1.0 with ${hash} signs what it sends`, async (t) => {
  const values = {
    AccessKeyId: "testAK", Action: "ApplyCertificate", Format: "JSON", SignatureMethod: `HMAC-${hash.toUpperCase()}`, SignatureNonce: "n-1",
    SignatureVersion: "1.0", Timestamp: "2026-11-23T07:06:40Z", Version: "2024-09-10",
  };
  for (const [name, change] of changes) {
    await t.test(name, async () => {
      const call = Object.freeze({ ...base, scheme, ...change });
      const got = await sign(call);
      common(call, got);
      const query = new URL(got.url).searchParams;
      const signature = query.get("Signature");
      query.delete("Signature");
      for (const [parameter, value] of Object.entries(values)) assert.deepEqual(query.getAll(parameter), [value], parameter);
      assert.equal(query.get("SecurityToken"), call.token || null);
      const rest = [...query].filter(([n]) => !own.includes(n) && n !== "SecurityToken");
      assert.deepEqual(rest.sort(), call.place === "form" ? [] : [...call.params].sort());
      const canonical = canonicalQuery([...query, ...new URLSearchParams(got.body)]);
      assert.equal(got.canonicalRequest, "");
      assert.equal(got.stringToSign, `${call.method}&%2F&${encode(canonical)}`);
      assert.equal(signature, createHmac(hash, `${call.secret}&`).update(got.stringToSign).digest("base64"));
      assert.equal(got.signature, signature);
    });
  }
});

test("helpers", async (t) => {
  await t.test("sha256 of nothing", async () => assert.equal(await sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  await t.test("a time has no fractions", () => assert.equal(timestamp(new Date(1)), "1970-01-01T00:00:00Z"));
  await t.test("nonces", () => {
    const all = new Set(Array.from({ length: 1000 }, newNonce));
    assert.equal(all.size, 1000);
    for (const nonce of all) assert.match(nonce, /^[0-9a-f]{32}$/);
  });
  await t.test("this machine can sign", () => assert.equal(canSign(), true));
});

// WebCrypto rejects an empty key, but a form without a secret has a preview too.
test("an empty secret signs as HMAC specifies", async () => {
  const call = { method: "POST", place: "query", endpoint: "http://127.0.0.1:8080", action: "A", version: "1", params: [], keyId: "id", secret: "", token: "", date: new Date(0), nonce: "n" };
  const acs3 = await sign({ ...call, scheme: "acs3" });
  assert.equal(acs3.signature, createHmac("sha256", "").update(acs3.stringToSign).digest("hex"));
});
