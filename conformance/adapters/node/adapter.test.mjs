// Tests of the adapter. Run them with: node --test

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { explain } from "./explain.mjs";
import { parseRequest } from "./request.mjs";

test("parseRequest sets defaults", () => {
  const { id, request } = parseRequest('{"id":"1","endpoint":"http://h:1","parameters":{"SiteId":"1"}}');
  assert.equal(id, "1");
  assert.deepEqual(request, {
    id: "1", endpoint: "http://h:1", parameters: { SiteId: "1" },
    operation: "ApplyCertificate", signature: "acs3", method: "POST", placement: "query", timeoutMs: 10000, maxAttempts: 1,
  });
});

for (const [name, line, id] of [
  ["not JSON", "nonsense", ""],
  ["null", "null", ""],
  ["array", "[]", ""],
  ["unknown member", '{"id":"7","endpoint":"http://h","parameters":{},"region":"x"}', "7"],
  ["no endpoint", '{"id":"7","parameters":{}}', "7"],
  ["endpoint with a path", '{"id":"7","endpoint":"http://h/","parameters":{}}', "7"],
  ["no parameters", '{"id":"7","endpoint":"http://h"}', "7"],
]) {
  test(`invalid request: ${name}`, () => {
    const parsed = parseRequest(line);
    assert.equal(parsed.id, id);
    assert.match(parsed.problem, /^invalid request: /);
  });
}

const serviceError = (message) => Object.assign(new Error(message), {
  code: "InvalidParameter.Domains", statusCode: 400, requestId: "R-1",
  data: { RequestId: "R-1", HostId: "h", Code: "InvalidParameter.Domains", Message: "M" },
});

test("explain returns the service's message only", () => {
  const raw = "InvalidParameter.Domains: code: 400, Not <a> name, request id: no. request id: R-1";
  assert.deepEqual(explain(serviceError(raw)), {
    kind: "service", code: "InvalidParameter.Domains", message: "Not <a> name, request id: no.",
    status: 400, requestId: "R-1", data: { HostId: "h" }, raw,
  });
});

test("explain keeps a message that the SDK did not wrap", () => {
  assert.equal(explain(serviceError("M")).message, "M");
});

for (const [kind, error] of [
  ["connection", Object.assign(new Error("x"), { code: "ECONNRESET" })],
  ["connection", Object.assign(new Error("x"), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" })],
  ["connection", Object.assign(new Error("x"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" })],
  ["connection", Object.assign(new Error("x"), { name: "RequestTimeoutError" })],
  ["response", new SyntaxError("Unexpected token '<'")],
  ["response", new TypeError("Cannot read properties of null")],
  ["response", new Error("type of result is mismatch, expect array, but object")],
  ["input", Object.assign(new Error("x"), { code: "InvalidCredentials" })],
  ["other", new Error("x")],
  ["other", "a string"],
]) {
  test(`explain: ${error} has kind ${kind}`, () => assert.equal(explain(error).kind, kind));
}

const bodies = { null: "null", list: "[]" };

test("the adapter writes a result for every line and exits", async (t) => {
  const sent = [];
  const server = createServer((request, response) => {
    sent.push(request);
    response.setHeader("content-type", "application/json;charset=utf-8");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    const domains = new URL(request.url, "http://h").searchParams.get("Domains");
    response.end(bodies[domains] ?? '{"RequestId":"R","SiteName":"S","TotalCount":1,"Result":[{"Domain":"d","Id":1,"Status":"Applying"}]}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const call = (id, more) => JSON.stringify({
    id, endpoint: `http://127.0.0.1:${server.address().port}`, accessKeyId: "testid", accessKeySecret: "testsecret",
    parameters: { SiteId: "9223372036854775807", Domains: "d" }, ...more,
  });
  const adapter = spawn(process.execPath, ["adapter.mjs"], { cwd: import.meta.dirname, stdio: ["pipe", "pipe", "inherit"] });
  adapter.stdin.end(["nonsense", "", call("typed"), call("generic", { method: "GET" }),
    ...["null", "list"].flatMap((Domains) => ["POST", "GET"].map((method) => call(`${Domains} ${method}`, { method, parameters: { Domains } }))),
    call("operation", { operation: "SetCertificate", placement: "form" }),
    call("last", { endpoint: "http://127.0.0.1:1" })].join("\n"));
  let output = "";
  adapter.stdout.on("data", (chunk) => (output += chunk));
  const [code] = await once(adapter, "close");
  const results = output.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(code, 0);
  assert.deepEqual(results.map(({ id, ok }) => [id, ok]), [
    ["", false], ["typed", true], ["generic", true],
    ["null POST", true], ["null GET", true], ["list POST", true], ["list GET", true], ["operation", true], ["last", false],
  ]);
  assert.deepEqual(sent.map(({ method }) => method), ["POST", "GET", "POST", "GET", "POST", "GET", "POST"]);
  assert.equal(sent[0].headers["x-acs-action"], "ApplyCertificate");
  assert.equal(sent.at(-1).headers["x-acs-action"], "SetCertificate");
  for (const { url } of sent.slice(0, 2)) {
    assert.equal(new URL(url, "http://h").searchParams.get("SiteId"), "9223372036854775807");
  }
  // The typed method converts the number to a string, the type of the field.
  assert.equal(results[1].response.body.Result[0].Id, "1");
  assert.equal(results[2].response.body.Result[0].Id, 1);
  for (const { response } of results.slice(1, -1)) {
    assert.equal(response.headers["set-cookie"], "a=1,b=2");
  }
  // A body that is not an object becomes an empty object.
  for (const { response } of results.slice(3, -2)) {
    assert.deepEqual(response.body, {});
  }
});
