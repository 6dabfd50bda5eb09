// Sorting what the vendor's SDK throws into the kinds of the protocol.

// The failures of a connection by their codes in Node.js, TLS included, and by
// the names of the SDK's transport.
const connection = /^(ECONN|EPIPE|EPROTO|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|UND_ERR|HPE_|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA)|Timeout/;

const mismatch = /^type of .* is mismatch, expect /;

export function explain(error) {
  const raw = String(error?.message ?? error);
  if (Number.isInteger(error?.statusCode)) {
    return refusal(error, raw);
  }
  if (connection.test(String(error?.code ?? "")) || connection.test(String(error?.name ?? ""))) {
    return { kind: "connection", raw };
  }
  // The SDK parses the body without a guard: JSON that is none, or null. Where
  // the body does not fit its types, it says so in an error of no type.
  if (error instanceof SyntaxError || error instanceof TypeError || mismatch.test(raw)) {
    return { kind: "response", raw };
  }
  if (typeof error?.code === "string") {
    return { kind: "input", code: error.code, raw };
  }
  return { kind: "other", raw };
}

// refusal takes apart "CODE: code: STATUS, MESSAGE request id: ID".
function refusal(error, raw) {
  const { RequestId: requestId, Code: _code, Message: _message, ...data } = error.data ?? {};
  const before = `${error.code}: code: ${error.statusCode}, `;
  const after = ` request id: ${error.requestId}`;
  let message = raw;
  if (message.startsWith(before)) {
    message = message.slice(before.length);
  }
  if (message.endsWith(after)) {
    message = message.slice(0, -after.length);
  }
  return {
    kind: "service",
    code: String(error.code),
    message,
    status: error.statusCode,
    requestId,
    data: Object.keys(data).length > 0 ? data : undefined,
    raw,
  };
}
