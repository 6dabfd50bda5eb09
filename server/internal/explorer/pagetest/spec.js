// The contracts as served to the page by the handler.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

let all;

/** specs returns the contract of each operation by its action. It requires go. */
export function specs() {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  all ??= JSON.parse(execFileSync("go", ["run", "./pagetest/contract"], { cwd, maxBuffer: 1 << 24, encoding: "utf8" }));
  return structuredClone(all);
}

/** spec returns the contract of ApplyCertificate. */
export const spec = () => specs().ApplyCertificate;
