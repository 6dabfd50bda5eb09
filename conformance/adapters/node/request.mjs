// Parser of request lines. ../protocol.schema.json documents the members.

const defaults = { operation: "ApplyCertificate", signature: "acs3", method: "POST", placement: "query", timeoutMs: 10000, maxAttempts: 1 };
const endpoint = /^https?:\/\/[^/?#]+$/;
const members = new Set([
  "id", "endpoint", "parameters", "accessKeyId", "accessKeySecret", "securityToken", "bearerToken",
  ...Object.keys(defaults),
]);

// parseRequest returns the request with defaults, or why the line is invalid. In both
// cases it returns the ID if the line has one.
export function parseRequest(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch (error) {
    return { id: "", problem: `invalid request: ${error.message}` };
  }
  const id = typeof request?.id === "string" ? request.id : "";
  const unknown = Object.keys(request ?? {}).find((name) => !members.has(name));
  if (unknown !== undefined) {
    return { id, problem: `invalid request: unknown member ${JSON.stringify(unknown)}` };
  }
  if (id === "" || !endpoint.test(request.endpoint) || typeof request.parameters !== "object") {
    return { id, problem: "invalid request: id, endpoint or parameters are missing or invalid" };
  }
  return { id, request: { ...defaults, ...request } };
}
