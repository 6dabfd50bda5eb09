import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { Form } from "../page/form.js";
import { read, write } from "../page/state.js";
import { pick, random, textOf } from "./random.js";

let written;
beforeEach(() => {
  written = [];
  globalThis.location = { search: "", pathname: "/explorer/", origin: "http://127.0.0.1:8080" };
  globalThis.history = {
    replaceState(state, title, url) {
      written.push(url);
      globalThis.location.search = url.startsWith("?") ? url : "";
    },
  };
});

test("a call and what is looked at go there and back", () => {
  write({ SiteId: "1", Domains: "*.a,b c~ü%+&=#", method: "GET" }, { view: "log", result: "", code: "node", application: "30000478" });
  assert.deepEqual(read(), { SiteId: "1", Domains: "*.a,b c~ü%+&=#", method: "GET", view: "log", code: "node", application: "30000478" });
});

test("a link without an operation is that of ApplyCertificate", () => {
  write({ SiteId: "1" }, { operation: "ApplyCertificate" });
  write({ SiteId: "1" }, { operation: "ListSites" });
  assert.deepEqual(written, ["?SiteId=1", "?SiteId=1&operation=ListSites"]);
  assert.equal(read().operation, "ListSites");
});

test("an empty state leaves the bare path", () => {
  write({}, {});
  assert.deepEqual(written, ["/explorer/"]);
  assert.deepEqual(read(), {});
});

test("only known views are restored", () => {
  write({}, { view: "call", secret: "S3CR3T", token: "T0K3N" });
  assert.deepEqual(written, ["?view=call"]);
});

test("an address that is too long is not written", () => {
  write({ Domains: "a".repeat(9000) }, {});
  assert.deepEqual(written, []);
});

test("a browser that refuses does not stop the page", () => {
  globalThis.history.replaceState = () => {
    throw new Error("SecurityError");
  };
  assert.doesNotThrow(() => write({ a: "1" }, {}));
});

test("random calls go there and back", () => {
  const next = random(11);
  for (let run = 0; run < 1000; run++) {
    const call = {};
    for (let i = Math.floor(next() * 5); i > 0; i--) call[pick(next, "abü%") + textOf(next, "ab09 *~ü%+&=#?/;\n\0😀.", 6)] = textOf(next, "ab09 *~ü%+&=#?/;:\"'<>\n\t\0😀.", 12);
    write(call, {});
    assert.deepEqual(read(), call, written.at(-1));
  }
});

// The state of a form with every field filled in.
test("key, secret, token and confidential parameters are never in the address", () => {
  const fields = { scheme: "rpc", method: "GET", place: "query", endpoint: "https://other.example", "key-id": "K3Y1D", secret: "S3CR3T", token: "T0K3N" };
  globalThis.document = { getElementById: (id) => ({ value: fields[id] }) };
  const form = Object.assign(Object.create(Form.prototype), {
    contract: { methods: ["POST", "GET"], action: "A", apiVersion: "1", form: false, parameters: [{ name: "PrivateKey", confidential: true }] },
    parameters: new Map([["SiteId", { value: "1" }], ["Type", { value: "" }], ["PrivateKey", { value: "PR1V4T3" }]]),
  });
  assert.equal(form.call().secret, "S3CR3T");
  assert.deepEqual(form.call().params, [["SiteId", "1"], ["PrivateKey", "PR1V4T3"]]);
  assert.deepEqual(form.state(), { SiteId: "1", endpoint: "https://other.example", scheme: "rpc", method: "GET" });
  write(form.state(), { operation: "A", view: "call" });
  assert.equal(written.length, 1);
  assert.doesNotMatch(written[0], /K3Y1D|S3CR3T|T0K3N|PR1V4T3|PrivateKey/);
  delete globalThis.document;
});
