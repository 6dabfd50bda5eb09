// Both signatures of the API, made in the browser with WebCrypto. The secret is
// used as the key of the HMAC and is in nothing that these functions return or
// throw. A security token is: it has to be sent.
//
// A request to sign, r, is
//
//   method           "GET" or "POST"
//   host             as the browser will send it, with its port
//   path             "/" where it is left out
//   params           [[name, value], …], plain text, in any order, repeats kept
//   form             true puts params into a form body; POST only
//   body             the body where it is not made of params; "" is none
//   contentType      of body; "" is none
//   headers          further headers, { name: value }, ACS3 signs its x-acs-*
//   action, version  of the operation
//   format           of the answer, signature 1.0 only, "JSON" where left out
//   accessKeyId, accessKeySecret, securityToken
//   date             a Date
//   nonce            a text never used before with this key
//
// and the answer is
//
//   scheme           "ACS3-HMAC-SHA256" or "HMAC-SHA1"
//   method           upper-case
//   url              path and query
//   headers          all to set, without the host
//   body             a text, or null where there is none (fetch takes both)
//   canonicalRequest of signature 1.0 its canonical query, form included
//   stringToSign
//   signature

import { canonicalURI, canonicalQuery, percentEncode } from "./encoding.js";
import { SignError, checked } from "./signable.js";

export { canonicalQuery, percentEncode, SignError };

const acs3 = "ACS3-HMAC-SHA256";
const rpc = "HMAC-SHA1";
const formType = "application/x-www-form-urlencoded";

// What signature 1.0 adds by itself. A second one would leave open which counts.
const rpcParameters = [
  "AccessKeyId", "Action", "BearerToken", "Format", "SecurityToken", "Signature", "SignatureMethod",
  "SignatureNonce", "SignatureType", "SignatureVersion", "Timestamp", "Version",
];

// signACS3 signs with ACS3-HMAC-SHA256: method, path, query, body, host,
// content-type and every x-acs-* header. Rejects with a SignError for what
// cannot be signed.
export async function signACS3(r) {
  r = checked(r, acs3);
  const { query, body, contentType } = placed(r);
  const hash = hex(await sha256(body));
  const headers = {
    ...lowerCased(r.headers),
    ...(contentType && { "content-type": contentType }),
    "x-acs-action": r.action,
    "x-acs-version": r.version,
    "x-acs-date": timestamp(r.date),
    "x-acs-signature-nonce": r.nonce,
    "x-acs-content-sha256": hash,
    ...(r.securityToken && { "x-acs-accesskey-id": r.accessKeyId, "x-acs-security-token": r.securityToken }),
  };
  const signed = Object.entries({ ...headers, host: r.host })
    .filter(([name]) => name === "host" || name === "content-type" || name.startsWith("x-acs-"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = canonicalQuery(query);
  const canonicalRequest = [
    r.method,
    canonicalURI(r.path),
    canonical,
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    hash,
  ].join("\n");
  const stringToSign = `${acs3}\n${hex(await sha256(canonicalRequest))}`;
  const signature = hex(await hmac("SHA-256", r.accessKeySecret, stringToSign));
  headers.authorization = `${acs3} Credential=${r.accessKeyId},SignedHeaders=${names},Signature=${signature}`;
  return {
    scheme: acs3, method: r.method, url: urlOf(r.path, canonical), headers, body: body === "" ? null : body,
    canonicalRequest, stringToSign, signature,
  };
}

// signRPC signs with the RPC signature 1.0, HMAC-SHA1. It covers the method, the
// path, and the parameters of the query and of a form body; no header, and no
// body of another type. What the scheme adds stands in the query, with a form
// body too. Rejects with a SignError.
export async function signRPC(r) {
  r = checked(r, rpc);
  const { query, body, contentType } = placed(r);
  const inForm = isForm(contentType) ? decodable(body) : "";
  refuseOwn(query, inForm);
  const sent = [
    ...query,
    ["AccessKeyId", r.accessKeyId],
    ["Action", r.action],
    ["Format", r.format],
    ["SignatureMethod", rpc],
    ["SignatureNonce", r.nonce],
    ["SignatureVersion", "1.0"],
    ["Timestamp", timestamp(r.date)],
    ["Version", r.version],
    ...(r.securityToken ? [["SecurityToken", r.securityToken]] : []),
  ];
  const canonicalRequest = canonicalQuery(sent, inForm);
  const stringToSign = `${r.method}&${percentEncode(canonicalURI(r.path))}&${percentEncode(canonicalRequest)}`;
  const signature = base64(await hmac("SHA-1", `${r.accessKeySecret}&`, stringToSign));
  return {
    scheme: rpc,
    method: r.method,
    url: urlOf(r.path, `${canonicalQuery(sent)}&Signature=${percentEncode(signature)}`),
    headers: { ...lowerCased(r.headers), ...(contentType && { "content-type": contentType }) },
    body: body === "" ? null : body,
    canonicalRequest, stringToSign, signature,
  };
}

// placed says where the parameters go: into the query, or into the body.
function placed(r) {
  if (!r.form) {
    return { query: r.params, body: r.body, contentType: r.contentType };
  }
  const body = r.params.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
  return { query: [], body, contentType: formType };
}

function isForm(contentType) {
  return contentType.split(";", 1)[0].trim().toLowerCase() === formType;
}

// decodable gives a form body back that can be decoded.
function decodable(form) {
  try {
    canonicalQuery(form);
  } catch (error) {
    throw new SignError("body", error.message);
  }
  return form;
}

// refuseOwn refuses parameters that the scheme adds. The vendor's legacy SDK
// sends an empty SignatureType, which says nothing and is let through.
function refuseOwn(query, form) {
  const inForm = [...new URLSearchParams(form)];
  for (const [name, value] of [...query, ...inForm]) {
    if (rpcParameters.includes(name) && !(name === "SignatureType" && value === "")) {
      throw new SignError("params", `the parameter ${name} is set by the signature 1.0 itself; take it out of the parameters`);
    }
  }
}

function urlOf(path, query) {
  return query === "" ? path : `${path}?${query}`;
}

function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

// timestamp writes a time as both schemes do: UTC, whole seconds.
function timestamp(date) {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function sha256(text) {
  return globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

async function hmac(hash, secret, text) {
  const encoder = new TextEncoder();
  const key = await globalThis.crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash }, false, ["sign"]);
  return globalThis.crypto.subtle.sign("HMAC", key, encoder.encode(text));
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}
