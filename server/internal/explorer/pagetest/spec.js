// The contract as served to the page by the handler.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** spec returns contract.json as an object. It requires go. */
export function spec() {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  return JSON.parse(execFileSync("go", ["run", "./pagetest/contract"], { cwd, maxBuffer: 1 << 24, encoding: "utf8" }));
}
