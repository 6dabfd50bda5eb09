// The conformance adapter for the unmodified Node SDK of the vendor,
// @alicloud/esa20240910. It implements the protocol of ../README.md on standard input
// and output.

import { createInterface } from "node:readline";
import { call } from "./call.mjs";
import { explain } from "./explain.mjs";
import { parseRequest } from "./request.mjs";

const write = (result) => process.stdout.write(JSON.stringify(result) + "\n");

// An exception that the SDK throws outside its promise fails the current call, not
// the adapter.
let onEscape = (error) => console.error(error);
process.on("uncaughtException", (error) => onEscape(error));
const escaped = () => new Promise((_, reject) => (onEscape = reject));

// handle returns the result for a request line.
async function handle(line) {
  const { id, request, problem } = parseRequest(line);
  if (problem) {
    return { id, ok: false, error: { kind: "other", raw: problem } };
  }
  try {
    return { id, ok: true, response: await Promise.race([call(request), escaped()]) };
  } catch (error) {
    return { id, ok: false, error: explain(error) };
  }
}

// Make the calls one after another, like a program that awaits each response.
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== "") {
    write(await handle(line));
  }
}
