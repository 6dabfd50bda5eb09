// The code that sends the call of the form, in several languages. It contains
// no secrets: samples read them from the environment, as the vendor's clients
// do.

import { aliyun, curl } from "./samples-shell.js";
import { go, goCore } from "./samples-go.js";
import { java, node, python } from "./samples-vendor.js";
import { isConfidential, redactor } from "./redact.js";

/**
 * samples returns a list of { id, title, file, install, code, run, note, fresh }.
 * request is the signed call, needed only by curl. Samples read confidential
 * parameters from a file.
 */
export function samples(call, contract, request) {
  const redact = redactor(call, contract);
  const params = call.params.map(([name, value]) => (isConfidential(contract, name) ? new FromFile(name, value) : new Literal(name, value)));
  const values = Object.fromEntries(params.map((p) => [p.name, p.value]));
  const view = { ...call, ...target(call.endpoint), verb: verb(call.action), params, values, contract, request: request && { ...request, url: redact(request.url) } };
  const files = params.filter((p) => p.file);
  const note = files.map((p) => `The sample reads ${p.name} from the file ${p.file}.`);
  return [go, ...[goCore, node, python, java, aliyun].map(ofVendor), curl].map((make) => withNotes(make(view), note));
}

// Literal is a parameter that the sample contains.
class Literal {
  constructor(name, value) {
    Object.assign(this, { name, value });
  }
}

// FromFile is a parameter that the sample reads from a file. It does not have the value.
class FromFile {
  constructor(name, value) {
    this.name = name;
    this.endsLine = value.endsWith("\n");
    this.value = "";
    this.file = `${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.pem`;
  }
}

// verb returns the first word of an action, in lower case.
const verb = (action) => /^[A-Z]?[a-z]*/.exec(action)[0].toLowerCase() || "call";

const withNotes = (sample, notes) => (notes.length ? { ...sample, note: [sample.note, ...notes].filter(Boolean).join(" ") } : sample);

// ofVendor notes if a client of the vendor cannot sign as selected in the form.
const ofVendor = (make) => (view) => withNotes(make(view), view.scheme === "rpc-sha256" ? ["This client signs version 1.0 with HMAC-SHA1 only."] : []);

function target(endpoint) {
  const { protocol, host } = new URL(endpoint);
  return { protocol: protocol.replace(":", ""), host };
}
