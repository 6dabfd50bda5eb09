// The code that sends the call of the form, in several languages. It contains
// no secrets: samples read them from the environment, as the vendor's clients
// do.

import { aliyun, curl } from "./samples-shell.js";
import { go, goCore } from "./samples-go.js";
import { java, node, python } from "./samples-vendor.js";

/**
 * samples returns a list of { id, title, file, install, code, run, note, fresh }.
 * request is the signed call, needed only by curl.
 */
export function samples(call, contract, request) {
  const view = { ...call, ...target(call.endpoint), values: Object.fromEntries(call.params), contract, request };
  return [go, ...[goCore, node, python, java, aliyun].map(ofVendor), curl].map((make) => make(view));
}

// ofVendor notes if a client of the vendor cannot sign as selected in the form.
const ofVendor = (make) => (view) => {
  const sample = make(view);
  if (view.scheme !== "rpc-sha256") return sample;
  return { ...sample, note: [sample.note, "This client signs version 1.0 with HMAC-SHA1 only."].filter(Boolean).join(" ") };
};

function target(endpoint) {
  const { protocol, host } = new URL(endpoint);
  return { protocol: protocol.replace(":", ""), host };
}
