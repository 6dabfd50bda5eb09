// The vectors of client/signature, converted to the input of sign.js.
import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("../../../../client/signature/testdata/vectors/", import.meta.url);

/**
 * vectors returns every vector as { name, vector, query, scheme, headers, call }.
 * query is the query on the wire, headers are pairs, call has no parameters.
 */
export function vectors() {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
      const [method, target] = vector.request[0].split(" ");
      const headers = vector.request.slice(1).map((line) => line.split(/:\s*(.*)/s, 2)).map(([name, value]) => [name.toLowerCase(), value]);
      const host = new Map(headers).get("host");
      return {
        name: file.replace(/\.json$/, ""),
        vector,
        query: [...new URLSearchParams(target.slice(target.indexOf("?") + 1))],
        scheme: new Map(headers).has("authorization") ? "acs3" : target.includes("SignatureMethod=HMAC-SHA256") ? "rpc-sha256" : "rpc",
        headers,
        call: {
          method,
          endpoint: `https://${host}`,
          place: "query",
          action: vector.action,
          version: vector.version,
          keyId: vector.accessKeyId,
          secret: vector.secret,
          token: "",
          date: new Date(vector.date),
          nonce: vector.nonce,
        },
      };
    });
}
