// One call with the vendor's SDK.

import sdk from "@alicloud/esa20240910";
import { $OpenApiUtil } from "@alicloud/openapi-core";
import { RuntimeOptions } from "@darabonba/typescript";

const { default: Client, ApplyCertificateRequest } = sdk;

// The parameters that the SDK's own request type has.
const typed = { SiteId: "siteId", Domains: "domains", Type: "type" };

// call gives the response of the protocol, or throws what the SDK threw.
export async function call(request) {
  const client = new Client(config(request));
  const runtime = new RuntimeOptions({ readTimeout: request.timeoutMs, connectTimeout: request.timeoutMs });
  const response = isTyped(request)
    ? await client.applyCertificateWithOptions(new ApplyCertificateRequest(fields(request.parameters)), runtime)
    : await client.callApi(params(request), generic(request), runtime);
  return { status: response.statusCode, headers: headers(response.headers), body: object(response.body) };
}

// headers gives one text for each name: the SDK has a list where a header came
// more than once.
function headers(all) {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
}

// object gives the body under its names on the wire. Where the SDK returned none,
// or what is no object, that shows as an object without members.
function object(body) {
  if (typeof body?.toMap === "function") {
    return body.toMap();
  }
  return typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
}

function config(request) {
  const { protocol, host } = new URL(request.endpoint);
  return new $OpenApiUtil.Config({
    protocol: protocol.replace(":", ""),
    endpoint: host,
    accessKeyId: request.accessKeyId,
    accessKeySecret: request.accessKeySecret,
    securityToken: request.securityToken,
    bearerToken: request.bearerToken,
    signatureAlgorithm: request.signature === "hmac-sha1" ? "v2" : undefined,
  });
}

// isTyped tells whether the SDK's own method makes this call: it sends POST
// with the three documented parameters in the query. Everything else goes
// through callApi, which that method stands on.
function isTyped(request) {
  return (
    request.method === "POST" &&
    request.placement === "query" &&
    Object.keys(request.parameters).every((name) => name in typed)
  );
}

// fields gives the parameters the names and types of the SDK. SiteId is a
// number there, and stays a text where a number would lose digits or blanks.
function fields(parameters) {
  const result = {};
  for (const [name, value] of Object.entries(parameters)) {
    const exact = name === "SiteId" && String(Number(value)) === value && Number.isSafeInteger(Number(value));
    result[typed[name]] = exact ? Number(value) : value;
  }
  return result;
}

function params(request) {
  return new $OpenApiUtil.Params({
    action: "ApplyCertificate",
    version: "2024-09-10",
    protocol: "HTTPS",
    pathname: "/",
    method: request.method,
    authType: "AK",
    style: "RPC",
    reqBodyType: "formData",
    bodyType: "json",
  });
}

function generic(request) {
  return new $OpenApiUtil.OpenApiRequest(
    request.placement === "form" ? { body: request.parameters } : { query: request.parameters },
  );
}
