// What can be signed, checked before anything is computed, so that a person who
// fills in a form reads which field is wrong. No message has a value in it that
// might be a secret.

// SignError says why a request was not signed. Its field is the name of the one
// that is wrong, as in "nonce".
export class SignError extends Error {
  constructor(field, message) {
    super(message);
    this.name = "SignError";
    this.field = field;
  }
}

// checked gives a copy of a request with everything left out filled in. Throws a
// SignError for the first field that is wrong.
export function checked(r, scheme) {
  if (!globalThis.crypto?.subtle) {
    throw new SignError("crypto", "this page has no WebCrypto; browsers give it to pages of https and of localhost");
  }
  const filled = {
    path: "/", params: [], form: false, body: "", contentType: "", headers: {}, format: "JSON", securityToken: "",
    ...Object.fromEntries(Object.entries(r).filter(([, value]) => value !== undefined && value !== null)),
  };
  const texts = ["method", "host", "path", "body", "contentType", "action", "version", "format",
    "accessKeyId", "accessKeySecret", "securityToken", "nonce"];
  for (const field of texts) {
    if (filled[field] !== undefined && typeof filled[field] !== "string") {
      throw new SignError(field, `${field} is no text`);
    }
  }
  for (const field of ["method", "host", "action", "version", "accessKeyId", "accessKeySecret", "nonce"]) {
    if (!filled[field]) {
      throw new SignError(field, `${field} is empty; the signature needs it`);
    }
  }
  checkTarget(filled);
  checkParams(filled.params);
  checkBody(filled);
  checkHeaders(filled, scheme);
  return { ...filled, method: filled.method.toUpperCase() };
}

function checkTarget({ date, host, path }) {
  if (!(date instanceof Date) || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) {
    throw new SignError("date", "date is no time; give a Date between the years 1 and 9999");
  }
  if (!/^[!-$&-~]+$/.test(host)) {
    throw new SignError("host", "host is not plain ASCII; give a name in punycode");
  }
  if (!/^\/[!-"$->@-~]*$/.test(path)) {
    throw new SignError("path", "path must begin with a slash and be encoded, without ? and #");
  }
}

function checkParams(params) {
  if (!Array.isArray(params)) {
    throw new SignError("params", "params is no list of pairs [name, value]");
  }
  params.forEach((pair, at) => {
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((part) => typeof part !== "string")) {
      throw new SignError("params", `parameter ${at + 1} is no pair of two texts [name, value]`);
    }
    if (pair[0] === "") {
      throw new SignError("params", `parameter ${at + 1} has no name`);
    }
  });
}

function checkBody({ method, form, body }) {
  if (/^(get|head)$/i.test(method) && (form || body !== "")) {
    throw new SignError("method", `${method.toUpperCase()} has no body; use POST`);
  }
  if (form && body !== "") {
    throw new SignError("body", "params are to go into the form body, and there is another body too; give one of them");
  }
}

// The headers in which values travel, by the field that holds them.
const own = ["authorization", "content-type", "host", "x-acs-accesskey-id", "x-acs-action", "x-acs-content-sha256",
  "x-acs-date", "x-acs-security-token", "x-acs-signature-nonce", "x-acs-version"];

// checkHeaders refuses what a browser would not send as it was signed.
function checkHeaders(r, scheme) {
  const names = new Set();
  for (const [name, value] of Object.entries(r.headers)) {
    const lower = name.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower) || names.has(lower) || own.includes(lower)) {
      throw new SignError("headers", `the header ${JSON.stringify(name)} is no name, comes twice, or is set by the signature`);
    }
    names.add(lower);
    checkHeaderValue("headers", `the header ${name}`, value);
  }
  checkHeaderValue("contentType", "contentType", r.contentType);
  if (scheme === "HMAC-SHA1") {
    return;
  }
  for (const field of ["action", "version", "nonce", "accessKeyId", "securityToken"]) {
    checkHeaderValue(field, field, r[field]);
  }
  if (r.accessKeyId.includes(",")) {
    throw new SignError("accessKeyId", "accessKeyId has a comma, which the Authorization header cannot carry");
  }
}

function checkHeaderValue(field, what, value) {
  if (typeof value !== "string" || !/^[\t -~]*$/.test(value)) {
    throw new SignError(field, `${what} is not printable ASCII, which a header needs`);
  }
}
