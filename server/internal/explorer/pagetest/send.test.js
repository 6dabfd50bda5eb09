import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";

import { send } from "../page/send.js";

// A real server, because the test checks fetch and its errors.
let server;
let origin;
let came;
before(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      came = { method: request.method, url: request.url, headers: request.headers, body };
      if (request.url.startsWith("/cut")) return response.writeHead(200, { "content-length": 100 }).write("half", () => request.socket.destroy());
      if (request.url.startsWith("/hang")) return undefined;
      if (request.url.startsWith("/away")) return response.writeHead(302, { location: "/" }).end();
      return response.writeHead(400, { "content-type": "application/json", "x-more": "1" }).end('{"Code":"A"}');
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;
const request = (more) => ({ method: "POST", url: `${origin}/?a=%2A`, headers: [["host", "h"], ["x-acs-action", "A"], ["authorization", "S"]], body: "", ...more });

test("the signed request is sent unchanged, and the whole response is returned", async () => {
  const got = await send(request({ body: "a=1", headers: [...request().headers, ["content-type", "application/x-www-form-urlencoded"]] }), never);
  assert.deepEqual([came.method, came.url, came.body], ["POST", "/?a=%2A", "a=1"]);
  assert.deepEqual([came.headers["x-acs-action"], came.headers.authorization, came.headers["content-type"]], ["A", "S", "application/x-www-form-urlencoded"]);
  assert.equal(came.headers.host, new URL(origin).host, "the browser writes the host");
  assert.equal(came.headers.cookie, undefined);
  assert.deepEqual([got.status, got.statusText, got.text], [400, "Bad Request", '{"Code":"A"}']);
  assert.equal(new Map(got.headers).get("x-more"), "1");
  assert.ok(got.milliseconds > 0 && got.came instanceof Date);
});

test("without a body no content type is sent", async () => {
  for (const method of ["POST", "GET"]) {
    await send(request({ method }), never);
    assert.deepEqual([came.method, came.body, came.headers["content-type"]], [method, "", undefined]);
  }
});

test("failures are explained to the user", async (t) => {
  const cancelled = new AbortController();
  for (const [name, path, signal, want] of [
    ["cut in the middle", "/cut", never, /No whole answer came from http:.*The form is kept/],
    ["redirect", "/away", never, /No whole answer came from .*redirect/],
    ["cancelled", "/hang", cancelled.signal, /cancelled.*may have carried it out/],
  ]) {
    await t.test(name, async () => {
      const sent = send(request({ url: origin + path, headers: [["authorization", "S3CR3T"]] }), signal);
      if (signal !== never) cancelled.abort();
      await assert.rejects(sent, (error) => {
        assert.match(error.message, want);
        assert.doesNotMatch(error.message, /S3CR3T/);
        assert.ok(error.cause, "the cause is kept");
        return true;
      });
    });
  }
  await t.test("no server", async () => {
    const gone = createServer();
    await new Promise((done) => gone.listen(0, "127.0.0.1", done));
    const { port } = gone.address();
    await new Promise((done) => gone.close(done));
    await assert.rejects(send(request({ url: `http://127.0.0.1:${port}/` }), never), /Is the server running\?/);
  });
  await t.test("no response in time", async (context) => {
    const slow = AbortSignal.timeout;
    context.after(() => (AbortSignal.timeout = slow));
    AbortSignal.timeout = (milliseconds) => {
      assert.equal(milliseconds, 30_000);
      return AbortSignal.abort();
    };
    await assert.rejects(send(request({ url: `${origin}/hang` }), never), /within 30 seconds/);
  });
});
