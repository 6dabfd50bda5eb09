// Confidential values of a call, for example the private key of a certificate, are
// sent and signed, but shown nowhere outside their field.

import { encode } from "./sign.js";

const hidden = "***";
const longEnough = 16; // characters of a value that is searched for without its name

/** isConfidential reports whether the contract marks a parameter as a secret. */
export const isConfidential = (contract, name) => contract.parameters.some((p) => p.name === name && p.confidential);

/**
 * redactor returns a function that replaces the confidential values of a call in a
 * string: as sent, as in a string to sign, and as in JSON.
 */
export function redactor(call, contract) {
  const replaced = call.params
    .filter(([name, value]) => value !== "" && isConfidential(contract, name))
    .flatMap(([name, value]) => {
      const sent = `${encode(name)}=`;
      const pairs = [
        [sent + encode(value), sent + hidden],
        [encode(sent + encode(value)), encode(sent) + hidden],
      ];
      const plain = [value, JSON.stringify(value).slice(1, -1), encode(value)].map((form) => [form, hidden]);
      return value.length < longEnough ? pairs : [...pairs, ...plain];
    });
  return (text) => replaced.reduce((all, [from, to]) => all.replaceAll(from, () => to), text);
}

/** redactRequest returns a signed request without confidential values, to show it. */
export function redactRequest(request, redact) {
  return {
    ...request,
    url: redact(request.url),
    body: redact(request.body),
    canonicalRequest: redact(request.canonicalRequest),
    stringToSign: redact(request.stringToSign),
  };
}
