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
  return [go, ...[goCore, node, python, java, aliyun].map(ofVendor), curl].map((make) => make(view));
}

// ofVendor notes where a client of the vendor cannot sign as the form has it.
const ofVendor = (make) => (view) => {
  const sample = make(view);
  if (view.scheme !== "rpc-sha256") return sample;
  return { ...sample, note: [sample.note, "This client signs version 1.0 with HMAC-SHA1 only."].filter(Boolean).join(" ") };
};

function target(endpoint) {
  const { protocol, host } = new URL(endpoint);
  return { protocol: protocol.replace(":", ""), host };
}
