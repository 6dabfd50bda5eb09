// Conversion of the SDK's exceptions to errors of the protocol.

// Node.js codes and SDK error names of connection failures, including TLS.
const connection = /^(ECONN|EPIPE|EPROTO|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|UND_ERR|HPE_|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA)|Timeout/;

const mismatch = /^type of .* is mismatch, expect /;

// explain converts an exception of the SDK to an error of the protocol.
export function explain(error) {
  const raw = String(error?.message ?? error);
  if (Number.isInteger(error?.statusCode)) {
    return serviceError(error, raw);
  }
  if (connection.test(String(error?.code ?? "")) || connection.test(String(error?.name ?? ""))) {
    return { kind: "connection", raw };
  }
  // The SDK does not check whether the body is JSON, or null. If the body does not
  // match its types, it throws an untyped error.
  if (error instanceof SyntaxError || error instanceof TypeError || mismatch.test(raw)) {
    return { kind: "response", raw };
  }
  if (typeof error?.code === "string") {
    return { kind: "input", code: error.code, raw };
  }
  return { kind: "other", raw };
}

// serviceError extracts the message from "CODE: code: STATUS, MESSAGE request id: ID".
function serviceError(error, raw) {
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
