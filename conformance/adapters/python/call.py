"""One call with the vendor's SDK."""

from urllib.parse import urlsplit

from alibabacloud_esa20240910.client import Client
from alibabacloud_esa20240910.models import ApplyCertificateRequest
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

# The parameters of the operation, with their names in the SDK's request type.
TYPED = {"SiteId": "site_id", "Domains": "domains", "Type": "type", "AlgType": "alg_type"}


def call(request):
    """Returns the response in the format of the protocol. Reraises the SDK's exceptions."""
    client = Client(config(request))
    runtime = RuntimeOptions(read_timeout=request["timeoutMs"], connect_timeout=request["timeoutMs"])
    if is_typed(request):
        return typed(client.apply_certificate_with_options(ApplyCertificateRequest(**fields(request["parameters"])), runtime))
    return generic(client.call_api(params(request), operation(request), runtime))


def config(request):
    endpoint = urlsplit(request["endpoint"])
    return Config(
        protocol=endpoint.scheme,
        endpoint=endpoint.netloc,
        access_key_id=request.get("accessKeyId"),
        access_key_secret=request.get("accessKeySecret"),
        security_token=request.get("securityToken"),
        bearer_token=request.get("bearerToken"),
        signature_algorithm="v2" if request["signature"] == "hmac-sha1" else None,
    )


def is_typed(request):
    """Reports whether the SDK's method for ApplyCertificate can make this call. It sends
    POST with the parameters in the query. Other calls use call_api of the core, on
    which the SDK's methods are built."""
    apply = request["operation"] == "ApplyCertificate"
    return apply and request["method"] == "POST" and request["placement"] == "query" and request["parameters"].keys() <= TYPED.keys()


def fields(parameters):
    """Returns the parameters with the names and types of the SDK's request type.
    site_id becomes a number, unless the number would be written differently."""
    values = {TYPED[name]: value for name, value in parameters.items()}
    site = values.get("site_id", "")
    if site.isdecimal() and site.isascii() and str(int(site)) == site:
        values["site_id"] = int(site)
    return values


def params(request):
    return Params(
        action=request["operation"],
        version="2024-09-10",
        protocol="HTTPS",
        pathname="/",
        method=request["method"],
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )


def operation(request):
    """Returns a request with the parameters in query or form. The core modifies the
    query, so it is a copy."""
    parameters = dict(request["parameters"])
    return OpenApiRequest(query={}, body=parameters) if request["placement"] == "form" else OpenApiRequest(query=parameters)


def typed(response):
    """Converts the response of the typed method. If the body does not match the SDK's
    types, the SDK returns a response without a body and raises no exception."""
    body = {} if response.body is None else response.body.to_map()
    return {"status": response.status_code, "headers": response.headers, "body": body}


def generic(response):
    """Converts the result of call_api, whose body is any JSON value."""
    body = response["body"] if isinstance(response["body"], dict) else {}
    return {"status": response["statusCode"], "headers": response["headers"], "body": body}
