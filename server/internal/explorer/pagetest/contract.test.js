import assert from "node:assert/strict";
import test from "node:test";

import { findError, load, operations, read } from "../page/contract.js";
import { spec, specs } from "./spec.js";

const document = spec();
const contract = read(document);

test("the operation", () => {
  assert.equal(contract.action, "ApplyCertificate");
  assert.equal(contract.apiVersion, "2024-09-10");
  assert.equal(contract.product, "ESA");
  assert.ok(contract.methods.includes("POST") && contract.methods.includes("GET"), String(contract.methods));
  for (const key of ["title", "version", "summary", "description"]) assert.ok(contract[key], key);
  assert.ok(contract.servers.length > 0 && contract.servers.every((s) => /^https?:/.test(s.url)));
  assert.equal(contract.ram.operation, "esa:ApplyCertificate");
  // The decisions of the operation, then those that all operations share.
  const own = document.paths["/"]["x-decisions"];
  assert.ok(own.length > 0 && document["x-decisions"].length > 0);
  assert.deepEqual(contract.decisions, [...own, ...document["x-decisions"]]);
});

test("the fields of the form", () => {
  assert.deepEqual(contract.parameters.map((p) => [p.name, p.type, p.required, p.in]), [
    ["SiteId", "integer", true, "query"],
    ["Domains", "string", true, "query"],
    ["Type", "string", false, "query"],
    ["AlgType", "string", false, "query"],
  ]);
  for (const p of contract.parameters) {
    assert.ok(p.help, `${p.name} has no description`);
    // The documented example, which the page fills in, has no AlgType.
    assert.equal(p.example === undefined, p.name === "AlgType", `the example of ${p.name} is ${p.example}`);
  }
  const type = contract.parameters.find((p) => p.name === "Type");
  assert.ok(type.choices.includes("lets_encrypt"), String(type.choices));
  assert.deepEqual(Object.keys(type.limits).sort(), [...type.choices].sort());
});

test("the fields of the response", () => {
  const names = contract.answer.map((f) => f.name);
  for (const name of ["RequestId", "SiteName", "TotalCount", "Result", "Result[].Id", "Result[].Domain", "Result[].Status"]) assert.ok(names.includes(name), `${name} is not in ${names}`);
  assert.equal(new Set(names).size, names.length);
  for (const f of contract.answer) assert.ok(f.type && f.help, f.name);
  assert.ok(Array.isArray(contract.example.value.Result));
});

test("the rows of the table, then the gateway", () => {
  const rows = contract.errors.map((e) => e.row);
  const documented = rows.filter((r) => r > 0);
  assert.deepEqual(documented, documented.map((_, i) => i + 1), "rows are numbered without a gap, in order");
  assert.ok(rows.slice(documented.length).every((r) => r === 0), "the gateway is last");
  // Exactly those that have an example in the contract.
  const examples = Object.values(document.paths["/"].post.responses).flatMap((r) => Object.values(r.content["application/json"].examples ?? {})).filter((e) => e.value?.Code);
  assert.equal(contract.errors.length, examples.length);
  assert.equal(documented.length, examples.filter((e) => e["x-error-row"]).length);
  assert.ok(documented.length > 0 && rows.length > documented.length);
  assert.equal(new Set(contract.errors.map((e) => e.key)).size, rows.length);
  for (const e of contract.errors) assert.ok(e.code && e.message && e.help && e.status >= 400 && e.status < 600, JSON.stringify(e));
});

test("each error is found by the server's response", () => {
  for (const e of contract.errors) {
    const found = findError(contract.errors, e.code, e.message);
    assert.deepEqual([found.code, found.message], [e.code, e.message], e.key);
  }
});

test("findError", async (t) => {
  const long = "Specified signature does not match our calculation. ";
  const all = [
    { key: "a", code: "A", message: "one" },
    { key: "b1", code: "B", message: `${long}server StringToSign is [x]` },
    { key: "b2", code: "B", message: "another text, which is long enough to be told apart" },
  ];
  for (const [name, code, message, want] of [
    ["by code and message", "B", all[2].message, "b2"],
    ["by the message's beginning", "B", `${long}server StringToSign is [y]`, "b1"],
    ["the only one of its code", "A", "another message", "a"],
    ["the only one, without a message", "A", undefined, "a"],
    ["one of two, unknown message", "B", "neither", undefined],
    ["unknown code", "C", "one", undefined],
    ["no code", undefined, undefined, undefined],
  ]) {
    await t.test(name, () => assert.equal(findError(all, code, message)?.key, want));
  }
});

test("what the contract changes, the page changes", () => {
  const changed = structuredClone(document);
  const list = changed.paths["/"].parameters;
  list.find((p) => p.name === "x-acs-version").schema.enum = ["2030-01-01"];
  changed.components.schemas.Extra = { type: "boolean", description: "more" };
  list.push({ name: "a/b", in: "query", schema: { $ref: "#/components/schemas/Extra" } });
  const got = read(changed);
  assert.equal(got.apiVersion, "2030-01-01");
  assert.equal(got.parameters.length, contract.parameters.length + 1);
  const extra = got.parameters.find((p) => p.name === "a/b");
  assert.deepEqual([extra.type, extra.required, extra.choices], ["boolean", false, []]);
});

test("load", async (t) => {
  const answer = (body, status = 200) => async () => new Response(body, { status });
  for (const [name, fetched, want] of [
    ["no server", async () => { throw new TypeError("failed to fetch"); }, /server cannot be reached/],
    ["a status", answer("no", 503), /status 503/],
    ["not JSON", answer("<html>"), /is not JSON/],
    ["no operation", answer('{"paths":{}}'), /no operation/],
    ["no paths", answer("{}"), /no operation/],
  ]) {
    await t.test(name, async () => {
      globalThis.fetch = fetched;
      await assert.rejects(load("GetSite"), want);
    });
  }
  await t.test("good", async () => {
    let url;
    globalThis.fetch = (...all) => ((url = all[0]), answer(JSON.stringify(document))());
    assert.deepEqual(await load("A&b"), contract);
    assert.equal(url, "contract.json?operation=A%26b");
  });
  await t.test("operations", async () => {
    globalThis.fetch = answer('[{"action":"A","methods":["GET"]}]');
    assert.deepEqual(await operations(), [{ action: "A", methods: ["GET"] }]);
    globalThis.fetch = answer("", 500);
    await assert.rejects(operations(), /list of operations could not be read.*500/);
  });
});

test("every operation can be read", async (t) => {
  const all = specs();
  assert.equal(Object.keys(all).length, 10);
  for (const [action, one] of Object.entries(all)) {
    await t.test(action, () => {
      const got = read(one);
      assert.equal(got.action, action);
      assert.deepEqual(got.methods, ["post", "get"].filter((m) => one.paths["/"][m]).map((m) => m.toUpperCase()));
      assert.ok(got.summary && got.description && got.product === "ESA" && got.ram.operation === `esa:${action}`);
      assert.ok(got.parameters.length > 0 && got.parameters.every((p) => p.in !== "header" && p.type && p.help), JSON.stringify(got.parameters));
      assert.ok(got.answer.some((f) => f.name === "RequestId"));
      assert.equal(new Set(got.answer.map((f) => f.name)).size, got.answer.length);
      assert.equal(got.form, action === "SetCertificate");
      assert.equal(got.example === undefined, action === "GetDcvDelegation", "it has no page");
      assert.equal(new Set(got.errors.map((e) => e.key)).size, got.errors.length);
      const own = got.errors.filter((e) => !e.gateway);
      assert.deepEqual(own, got.errors.slice(0, own.length), "the gateway's errors are last");
      const rows = own.map((e) => e.row).filter(Boolean);
      assert.deepEqual(rows, rows.toSorted((a, b) => a - b));
      assert.ok(rows.length > 0 && own.every((e) => e.row || e.evidence === "inferred"));
      for (const e of got.errors) assert.ok(e.code && e.message && e.help && e.status >= 400, JSON.stringify(e));
    });
  }
});

test("the form of SetCertificate", () => {
  const { parameters, methods } = read(specs().SetCertificate);
  assert.deepEqual(methods, ["POST"]);
  assert.deepEqual(parameters.filter((p) => p.required).map((p) => p.name), ["SiteId", "Type"]);
  assert.deepEqual(parameters.filter((p) => p.confidential).map((p) => p.name), ["PrivateKey"]);
  const by = Object.fromEntries(parameters.map((p) => [p.name, p]));
  assert.deepEqual([by.SiteId.in, by.SiteId.type, by.SiteId.format, by.SiteId.example], ["form", "integer", "int64", 1234567890123]);
  assert.deepEqual([by.Type.choices, by.Name.longest, by.KeyServerId.evidence], [["cas", "upload"], 128, "observed"]);
});

test("fields of objects and lists within a response", () => {
  const names = (action) => read(specs()[action]).answer.map((f) => f.name);
  assert.ok(names("GetCertificate").includes("Result.Id"));
  assert.ok(names("ListCertificates").includes("Result[].DCV[].Key"), String(names("ListCertificates")));
});
