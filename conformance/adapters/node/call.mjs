// One call with the vendor's SDK.

import sdk from "@alicloud/esa20240910";
import { $OpenApiUtil } from "@alicloud/openapi-core";
import { RuntimeOptions } from "@darabonba/typescript";

const { default: Client, ApplyCertificateRequest } = sdk;

// The parameters in the SDK's request type, with their names there.
const typed = { SiteId: "siteId", Domains: "domains", Type: "type" };

// call returns the response in the format of the protocol. It rethrows the SDK's
// exceptions.
export async function call(request) {
  const client = new Client(config(request));
  const runtime = new RuntimeOptions({ readTimeout: request.timeoutMs, connectTimeout: request.timeoutMs });
  const response = isTyped(request)
    ? await client.applyCertificateWithOptions(new ApplyCertificateRequest(fields(request.parameters)), runtime)
    : await client.callApi(params(request), generic(request), runtime);
  return { status: response.statusCode, headers: headers(response.headers), body: object(response.body) };
}

// headers joins the values of each header. The SDK returns a list for a repeated
// header.
function headers(all) {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
}

// object returns the body with the field names of the protocol. A missing body, or
// one that is not an object, becomes an empty object.
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

// isTyped reports whether the SDK's method for ApplyCertificate can make this call. It
// sends POST with the three documented parameters in the query. Other calls use
// callApi, on which the SDK's methods are built.
function isTyped(request) {
  return (
    request.operation === "ApplyCertificate" &&
    request.method === "POST" &&
    request.placement === "query" &&
    Object.keys(request.parameters).every((name) => name in typed)
  );
}

// fields returns the parameters with the names and types of the SDK's request type.
// SiteId becomes a number, unless it would lose digits or spaces.
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
    action: request.operation,
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
