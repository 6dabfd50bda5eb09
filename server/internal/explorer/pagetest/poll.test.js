import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { get, Poll, when } from "../page/poll.js";

test("get", async (t) => {
  const answer = (body, status = 200) => async () => new Response(body, { status });
  for (const [name, fetched, want] of [
    ["no server", async () => { throw new TypeError("failed to fetch"); }, { message: /cannot be reached/ }],
    ["not JSON", answer("<html>", 502), { message: /status 502, and with no JSON/ }],
    ["the server's own reason", answer('{"error":"no such application"}', 404), { message: /^no such application$/, status: 404 }],
    ["no reason", answer("{}", 500), { message: /status 500/, status: 500 }],
  ]) {
    await t.test(name, async () => {
      globalThis.fetch = fetched;
      await assert.rejects(get("journal"), want);
    });
  }
  await t.test("good", async () => {
    const asked = [];
    globalThis.fetch = async (url, options) => (asked.push(url, options.cache), new Response("[1]"));
    assert.deepEqual(await get("journal?limit=1"), [1]);
    assert.deepEqual(asked, ["api/journal?limit=1", "no-store"]);
  });
});

test("when", () => {
  assert.notEqual(when("2026-11-23T07:06:40Z"), "2026-11-23T07:06:40Z");
  for (const [text, want] of [["never", "never"], ["", ""], [undefined, ""]]) assert.equal(when(text), want);
});

test("Poll repeats, with longer delays after failures, and pauses while hidden", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const listeners = [];
  globalThis.document = { hidden: false, addEventListener: (_, listener) => listeners.push(listener) };
  let asked = 0;
  let broken = false;
  const settle = () => new Promise(setImmediate);
  const pass = async (milliseconds) => {
    mock.timers.tick(milliseconds);
    await settle();
    return asked;
  };
  const poll = new Poll(async () => {
    asked++;
    if (broken) throw new Error("broken");
  }, 1000);
  assert.equal(await pass(5000), 0, "not wanted");
  poll.want(true);
  assert.equal(await pass(0), 1, "immediately");
  assert.equal(await pass(999), 1);
  assert.equal(await pass(1), 2, "after its time");
  broken = true;
  assert.equal(await pass(1000), 3);
  assert.equal(await pass(1999), 3, "twice as long after a failure");
  assert.equal(await pass(1), 4);
  for (let i = 0; i < 10; i++) await pass(30_000);
  assert.equal(await pass(29_999), 14, "at most half a minute");
  assert.equal(await pass(1), 15);
  broken = false;
  assert.equal(await pass(30_000), 16);
  assert.equal(await pass(1000), 17, "as before after a success");
  document.hidden = true;
  listeners.forEach((listener) => listener());
  assert.equal(await pass(60_000), 17, "the page is hidden");
  document.hidden = false;
  listeners.forEach((listener) => listener());
  assert.equal(await pass(0), 18, "visible again");
  poll.want(false);
  assert.equal(await pass(60_000), 18, "wanted no more");
  delete globalThis.document;
});
