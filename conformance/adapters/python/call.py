"""One call with the vendor's SDK."""

from urllib.parse import urlsplit

from alibabacloud_esa20240910.client import Client
from alibabacloud_esa20240910.models import ApplyCertificateRequest
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

# The parameters of the operation, by their names in the SDK's own request type.
TYPED = {"SiteId": "site_id", "Domains": "domains", "Type": "type", "AlgType": "alg_type"}


def call(request):
    """Gives the response of the protocol, or raises what the SDK raised."""
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
    """Tells whether the SDK's own method makes this call: it sends POST with the
    parameters in the query. Everything else goes through call_api of its core,
    which that method stands on."""
    return request["method"] == "POST" and request["placement"] == "query" and request["parameters"].keys() <= TYPED.keys()


def fields(parameters):
    """Gives the parameters the names and types of the SDK. site_id is a number
    there, and stays a text where a number would not be written the same."""
    values = {TYPED[name]: value for name, value in parameters.items()}
    site = values.get("site_id", "")
    if site.isdecimal() and site.isascii() and str(int(site)) == site:
        values["site_id"] = int(site)
    return values


def params(request):
    return Params(
        action="ApplyCertificate",
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
    """Places the parameters. The core writes into the query, so it gets its own."""
    parameters = dict(request["parameters"])
    return OpenApiRequest(query={}, body=parameters) if request["placement"] == "form" else OpenApiRequest(query=parameters)


def typed(response):
    """Reads what the typed method returned. The SDK swallows what it cannot fit
    into its types, and then returns a response without a body."""
    body = {} if response.body is None else response.body.to_map()
    return {"status": response.status_code, "headers": response.headers, "body": body}


def generic(response):
    """Reads what call_api returned: the JSON as it came, an object or not."""
    body = response["body"] if isinstance(response["body"], dict) else {}
    return {"status": response["statusCode"], "headers": response["headers"], "body": body}
