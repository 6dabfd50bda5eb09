// The code that makes the call of the form, in the ways people make it. Secrets
// are in none of it: samples read them from the environment, as the vendor's
// clients do by themselves.

import { aliyun, curl } from "./samples-shell.js";
import { go, goCore } from "./samples-go.js";
import { java, node, python } from "./samples-vendor.js";

/**
 * samples gives a list of { id, title, file, install, code, run, note, fresh }.
 * request is the call signed; only curl needs it.
 */
export function samples(call, contract, request) {
  const view = { ...call, ...target(call.endpoint), values: Object.fromEntries(call.params), contract, request };
  return [go, goCore, node, python, java, aliyun, curl].map((make) => make(view));
}

function target(endpoint) {
  const { protocol, host } = new URL(endpoint);
  return { protocol: protocol.replace(":", ""), host };
}
