// The contract as the page gets it: the handler itself is asked for it.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** spec gives contract.json as an object. It needs go. */
export function spec() {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  return JSON.parse(execFileSync("go", ["run", "./pagetest/contract"], { cwd, maxBuffer: 1 << 24, encoding: "utf8" }));
}
