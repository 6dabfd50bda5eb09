import assert from "node:assert/strict";
import test from "node:test";

import { difference, rewrittenHost, serverText } from "../page/difference.js";
import { sign } from "../page/sign.js";
import { pick, random, textOf } from "./random.js";

const joined = (pieces) => pieces.map((p) => p.text).join("");
// short formats pieces as a string, with braces around marked pieces.
const short = (pieces) => pieces.map((p) => (p.marked ? `{${p.text}}` : p.text)).join("");

test("difference", async (t) => {
  for (const [name, a, b, ours, theirs] of [
    ["both empty", "", "", "\n", "\n"],
    ["equal", "POST\n/", "POST\n/", "POST\n/\n", "POST\n/\n"],
    ["method", "POST\n/\na=1", "GET\n/\na=1", "{POS}T\n/\na=1\n", "{GE}T\n/\na=1\n"],
    ["one character in the middle", "x\nDomains=*.a&b=1\ny", "x\nDomains=%2A.a&b=1\ny", "x\nDomains={*}.a&b=1\ny\n", "x\nDomains={%2A}.a&b=1\ny\n"],
    ["a line more", "a:1\nc:3", "a:1\nb:2\nc:3", "a:1\nc:3\n", "a:1\n{b:2\n}c:3\n"],
    ["a line less", "a:1\nb:2\nc:3", "a:1\nc:3", "a:1\n{b:2\n}c:3\n", "a:1\nc:3\n"],
    ["parameter more", "a=1&c=3", "a=1&b=2&c=3", "a=1&c=3\n", "a=1&{b=2&}c=3\n"],
    ["encoded once more", "GET&%2F&a%3D1%26b%3D2", "GET&%2F&a%3D1%26b%3D3", "GET&%2F&a%3D1%26b%3D{2}\n", "GET&%2F&a%3D1%26b%3D{3}\n"],
    ["nothing in common", "abc", "xyz", "{abc}\n", "{xyz}\n"],
  ]) {
    await t.test(name, () => {
      const got = difference(a, b);
      assert.equal(short(got.ours), ours);
      assert.equal(short(got.theirs), theirs);
      assert.equal(got.same, a === b);
    });
  }
});

test("joined pieces of random texts equal the originals", () => {
  const next = random(7);
  for (let run = 0; run < 2000; run++) {
    const a = textOf(next, "ab&;=%26\nü", 40);
    const characters = [...a];
    for (let edits = Math.floor(next() * 4); edits > 0; edits--) {
      characters.splice(Math.floor(next() * characters.length), Math.floor(next() * 3), pick(next, "xa&\n"));
    }
    const b = pick(next, [a, characters.join(""), textOf(next, "ab&\n", 40)]);
    const got = difference(a, b);
    const what = JSON.stringify([a, b, got]);
    assert.equal(joined(got.ours), `${a}\n`, what);
    assert.equal(joined(got.theirs), `${b}\n`, what);
    assert.equal(got.same, a === b, what);
    const marked = [...got.ours, ...got.theirs].some((p) => p.marked);
    assert.equal(marked, a !== b, what);
    // Unmarked pieces are in both.
    const kept = (pieces) => pieces.filter((p) => !p.marked).map((p) => p.text).join("").replaceAll("\n", "");
    assert.equal(kept(got.ours), kept(got.theirs), what);
  }
});

test("long texts are compared in time", () => {
  const next = random(3);
  const long = () => Array.from({ length: 64 * 1024 }, () => pick(next, "ab&\n")).join("");
  const [a, b] = [long(), long()];
  const got = difference(a, b);
  assert.equal(joined(got.ours), `${a}\n`);
  assert.equal(joined(got.theirs), `${b}\n`);
});

const canonical = "GET\n/\n\nhost:[::1]\n\nhost\nhash";
const acs3 = "ACS3-HMAC-SHA256\n6306ef31f2c1915dd47e562d932ea4643dad1747e0b751314727150613831f85";
const rpc = "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26D%3D%252A";

test("serverText", async (t) => {
  for (const [name, message, want] of [
    ["ACS3", `Specified signature does not match our calculation. server StringToSign is [${acs3}] server CanonicalRequest is [${canonical}]`, { name: "canonical request", text: canonical }],
    ["string to sign alone", `does not match our calculation. server StringToSign is [${acs3}]`, { name: "string to sign", text: acs3 }],
    ["signature 1.0", `Specified signature is not matched with our calculation. server string to sign is:${rpc}`, { name: "string to sign", text: rpc }],
    ["another message", "Specified access key is not found.", undefined],
    ["bracket not closed", "server StringToSign is [ACS3", undefined],
    ["empty", "", undefined],
    ["no text", undefined, undefined],
  ]) {
    await t.test(name, () => assert.deepEqual(serverText(message), want));
  }
});

test("a server that signed the same shows no difference", async () => {
  const call = { method: "GET", place: "query", endpoint: "http://[::1]:1", params: [["a", "[x] ü"]], action: "A", version: "1", keyId: "k", secret: "s", token: "t", date: new Date(0), nonce: "n" };
  for (const [scheme, message, key] of [
    ["acs3", (r) => `server StringToSign is [${r.stringToSign}] server CanonicalRequest is [${r.canonicalRequest}]`, "canonicalRequest"],
    ["rpc", (r) => `server string to sign is:${r.stringToSign}`, "stringToSign"],
  ]) {
    const request = await sign({ ...call, scheme });
    assert.equal(difference(request[key], serverText(message(request)).text).same, true, scheme);
  }
});

test("rewrittenHost", () => {
  const text = (host) => `POST\n/\nhost=x\nhost:${host}\nx-acs-date:host:y\n\nhost\nabc`;
  assert.deepEqual(rewrittenHost(text("a:1"), text("b")), { signed: "a:1", received: "b" });
  assert.equal(rewrittenHost(text("a"), text("a")), undefined);
  assert.equal(rewrittenHost("POST&%2F&host%3Aa", "POST&%2F&host%3Ab"), undefined);
  assert.equal(rewrittenHost("ACS3-HMAC-SHA256\nabc", text("a")), undefined);
});
