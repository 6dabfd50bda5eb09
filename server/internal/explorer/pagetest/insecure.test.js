import assert from "node:assert/strict";
import test from "node:test";

import { canSign, Insecure, sign } from "../page/sign.js";

// A browser has no WebCrypto on a plain http page from another machine.
test("without WebCrypto the error has a remedy, and no secret", async () => {
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  assert.equal(canSign(), false);
  const call = { scheme: "rpc", method: "GET", place: "query", endpoint: "http://192.0.2.1", params: [], action: "A", version: "1", keyId: "k", secret: "very-secret", token: "", date: new Date(0), nonce: "n" };
  for (const scheme of ["acs3", "rpc", "rpc-sha256"]) {
    await assert.rejects(sign({ ...call, scheme }), (error) => {
      assert.ok(error instanceof Insecure, String(error));
      assert.match(error.message, /localhost.*--tls-cert/);
      assert.doesNotMatch(String(error.stack), /very-secret/);
      return true;
    });
  }
});
