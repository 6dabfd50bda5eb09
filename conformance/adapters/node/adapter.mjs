// The conformance adapter for the vendor's Node SDK, @alicloud/esa20240910,
// unchanged. It speaks the protocol of ../README.md on standard input and output.

import { createInterface } from "node:readline";
import { call } from "./call.mjs";
import { explain } from "./explain.mjs";
import { parseRequest } from "./request.mjs";

const write = (result) => process.stdout.write(JSON.stringify(result) + "\n");

// An exception that the SDK throws outside of its promise ends the call that is
// under way, not the adapter.
let onEscape = (error) => console.error(error);
process.on("uncaughtException", (error) => onEscape(error));
const escaped = () => new Promise((_, reject) => (onEscape = reject));

async function answer(line) {
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

// One call after the other: the client under test is then alone with its
// connection, as in a program that waits for each answer.
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== "") {
    write(await answer(line));
  }
}
