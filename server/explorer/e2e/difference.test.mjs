// Where two signed texts part.

import assert from "node:assert/strict";
import { test } from "node:test";

import { difference, serverText } from "../page/difference.js";

const marked = (pieces) => pieces.filter((p) => p.marked).map((p) => p.text);
const whole = (pieces) => pieces.map((p) => p.text).join("").replace(/\n$/, "");

for (const [name, ours, theirs, mine, yours] of [
  ["the same", "POST\n/\n", "POST\n/\n", [], []],
  ["a byte", "Domains=www", "Domains=wxw", ["w"], ["x"]],
  ["bytes more", "a=1", "a=1&b=2", [], ["&", "b=2"]],
  ["a line more", "POST\n/\nhost:a", "POST\n/\nx:1\nhost:a", [], ["x:1\n"]],
  ["a line less", "POST\nx:1\nhost:a", "POST\nhost:a", ["x:1\n"], []],
  ["another method", "GET\n/", "POST\n/", ["GE"], ["POS"]],
  ["an encoded parameter", "POST&%2F&A%3D1%26B%3D2", "POST&%2F&A%3D1%26B%3D3", ["2"], ["3"]],
  ["nothing in common", "abc", "xyz", ["abc"], ["xyz"]],
  ["empty", "", "x", [], ["x"]],
]) {
  test(name, () => {
    const found = difference(ours, theirs);
    assert.equal(found.same, ours === theirs);
    assert.equal(whole(found.ours), ours);
    assert.equal(whole(found.theirs), theirs);
    assert.equal(marked(found.ours).join("|"), mine.join("|"));
    assert.equal(marked(found.theirs).join(""), yours.join(""));
  });
}

test("long texts are compared too", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}`);
  const other = lines.with(2500, "line x");
  assert.deepEqual(marked(difference(lines.join("\n"), other.join("\n")).theirs), ["x"]);
});

test("the server's text is found", () => {
  const acs3 = "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\nabc] server CanonicalRequest is [POST\n/\n[]\n]";
  assert.deepEqual(serverText(acs3), { name: "canonical request", text: "POST\n/\n[]\n" });
  assert.deepEqual(serverText(acs3.split(" server Canonical")[0]), { name: "string to sign", text: "ACS3-HMAC-SHA256\nabc" });
  assert.deepEqual(serverText("Specified signature is not matched with our calculation. server string to sign is:POST&%2F&A%3D1"), { name: "string to sign", text: "POST&%2F&A%3D1" });
  assert.equal(serverText("The specified site is not found."), undefined);
});
