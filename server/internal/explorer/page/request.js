// The request on the wire, and what was signed.

import { block, h, show } from "./dom.js";

/** showRequest shows a signed request; sent is whether it was sent. */
export function showRequest(pane, request, sent) {
  const headers = request.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  const url = new URL(request.url);
  const wire = `${request.method} ${url.pathname}${url.search} HTTP/1.1\n${headers}\n\n${request.body}`;
  show(
    pane,
    h("p", { class: "soft", id: "request-state" }, sent ? `As it was sent at ${sent.toLocaleTimeString()}.` : "As it would be sent now. Each call is signed anew, with a nonce and a time of its own."),
    block("URL", request.url, { id: "request-url" }),
    block("Request", wire, { id: "request-wire", note: "The browser adds headers of its own, as User-Agent and Content-Length; no signature covers them." }),
    request.canonicalRequest
      ? block("Canonical request", request.canonicalRequest, { id: "canonical-request" })
      : h("p", { class: "soft" }, "Signature 1.0 has no canonical request: it signs the method and the parameters."),
    block("String to sign", request.stringToSign, { id: "string-to-sign" }),
    block("Signature", request.signature, { id: "signature" }),
  );
}
