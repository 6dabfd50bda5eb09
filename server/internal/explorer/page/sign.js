// Signing, as the contract's security schemes describe it: ACS3-HMAC-SHA256 and
// signature version 1.0 (HMAC-SHA1, HMAC-SHA256). The secret is used here only and
// is not passed on.

const text = new TextEncoder();

/** encode percent-encodes by RFC 3986: all but A-Z a-z 0-9 - _ . ~ */
export function encode(value) {
  return encodeURIComponent(value.toWellFormed?.() ?? value).replace(
    /[!'()*]/g,
    (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase(),
  );
}

/** canonicalQuery sorts pairs of name and value by bytes, and joins them. */
export function canonicalQuery(pairs) {
  return [...pairs]
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

// compare orders strings by their UTF-8 bytes; JavaScript would use UTF-16.
function compare(a, b) {
  const x = text.encode(a);
  const y = text.encode(b);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] !== y[i]) return x[i] - y[i];
  }
  return x.length - y.length;
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

/** sha256 returns the hash of a string in lower-case hexadecimal digits. */
export async function sha256(value) {
  return hex(await subtle().digest("SHA-256", text.encode(value)));
}

async function mac(hash, secret, message) {
  // WebCrypto rejects an empty key; HMAC pads keys with zeros, so one zero byte is equivalent.
  const key = await subtle().importKey("raw", text.encode(secret || "\0"), { name: "HMAC", hash }, false, ["sign"]);
  return subtle().sign("HMAC", key, text.encode(message));
}

/** Insecure is the error if WebCrypto is unavailable. */
export class Insecure extends Error {
  constructor() {
    super(
      "The browser lets a page sign only on https, or on 127.0.0.1 and localhost. Open the explorer there, or serve the API over HTTPS (--https, or --tls-cert and --tls-key).",
    );
  }
}

/** canSign reports whether this page may use WebCrypto. */
export const canSign = () => Boolean(globalThis.crypto?.subtle);

function subtle() {
  if (!canSign()) throw new Insecure();
  return crypto.subtle;
}

/** newNonce returns 32 random hexadecimal digits. */
export function newNonce() {
  return hex(crypto.getRandomValues(new Uint8Array(16)).buffer);
}

/** timestamp formats a time for both schemes: UTC, to the second. */
export const timestamp = (time) => time.toISOString().replace(/\.\d+Z$/, "Z");

const formType = "application/x-www-form-urlencoded";

/**
 * sign builds the signed request of a call.
 *
 * call has scheme ("acs3", "rpc" or "rpc-sha256"), method, place ("query" or "form"),
 * endpoint (scheme://host), action, version, params (pairs of name and value),
 * keyId, secret, token ("" for none), date (a Date) and nonce.
 *
 * The result has method, url, headers (pairs), body ("" for none),
 * canonicalRequest ("" for signature 1.0) and stringToSign.
 */
export async function sign(call) {
  return call.scheme === "acs3" ? signACS3(call) : signRPC(call);
}

async function signACS3(call) {
  const { host } = new URL(call.endpoint);
  const form = call.place === "form" ? canonicalQuery(call.params) : "";
  const query = call.place === "form" ? "" : canonicalQuery(call.params);
  const hash = await sha256(form);
  const headers = [
    ["host", host],
    ["x-acs-action", call.action],
    ["x-acs-content-sha256", hash],
    ["x-acs-date", timestamp(call.date)],
    ["x-acs-signature-nonce", call.nonce],
    ["x-acs-version", call.version],
  ];
  if (form) headers.push(["content-type", formType]);
  if (call.token) headers.push(["x-acs-accesskey-id", call.keyId], ["x-acs-security-token", call.token]);
  return finishACS3(call, headers, query, form, hash);
}

/** finishACS3 signs the prepared request; headers are pairs of lower-case name and value. */
export async function finishACS3(call, headers, query, body, hash) {
  const sorted = headers.map(([name, value]) => [name, value.trim()]).sort(([a], [b]) => compare(a, b));
  const names = sorted.map(([name]) => name).join(";");
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join("");
  const canonicalRequest = [call.method, "/", query, lines, names, hash].join("\n");
  const stringToSign = "ACS3-HMAC-SHA256\n" + (await sha256(canonicalRequest));
  const signature = hex(await mac("SHA-256", call.secret, stringToSign));
  const authorization = `ACS3-HMAC-SHA256 Credential=${call.keyId},SignedHeaders=${names},Signature=${signature}`;
  return {
    method: call.method,
    url: call.endpoint + "/" + (query && "?" + query),
    headers: [...sorted, ["authorization", authorization]],
    body,
    canonicalRequest,
    stringToSign,
    signature,
  };
}

async function signRPC(call) {
  const own = [
    ["AccessKeyId", call.keyId],
    ["Action", call.action],
    ["Format", "JSON"],
    ["SignatureMethod", call.scheme === "rpc-sha256" ? "HMAC-SHA256" : "HMAC-SHA1"],
    ["SignatureNonce", call.nonce],
    ["SignatureVersion", "1.0"],
    ["Timestamp", timestamp(call.date)],
    ["Version", call.version],
  ];
  if (call.token) own.push(["SecurityToken", call.token]);
  return call.place === "form" ? finishRPC(call, own, call.params) : finishRPC(call, [...own, ...call.params], []);
}

/** finishRPC signs the parameters of query and form together. */
export async function finishRPC(call, query, form) {
  const { host } = new URL(call.endpoint);
  const stringToSign = `${call.method}&%2F&${encode(canonicalQuery([...query, ...form]))}`;
  // The method of the request decides, as on the server.
  const method = query.find(([name]) => name === "SignatureMethod")?.[1];
  const signature = base64(await mac(method === "HMAC-SHA256" ? "SHA-256" : "SHA-1", call.secret + "&", stringToSign));
  const headers = [["host", host]];
  if (form.length) headers.push(["content-type", formType]);
  return {
    method: call.method,
    url: `${call.endpoint}/?${canonicalQuery(query)}&Signature=${encode(signature)}`,
    headers,
    body: canonicalQuery(form),
    canonicalRequest: "",
    stringToSign,
    signature,
  };
}
