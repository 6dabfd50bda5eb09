"""Conversion of the SDK's exceptions to errors of the protocol."""

from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import RetryError
from requests import RequestException

# Exceptions of the SDK on unexpected responses: it does not check the body, and raises
# RuntimeError if the body is not JSON.
RESPONSE_ERRORS = (RuntimeError, ValueError, TypeError, AttributeError, LookupError)


def explain(error):
    """Converts an exception of the SDK to an error of the protocol."""
    raw = str(error)
    if isinstance(error, AlibabaCloudException):
        if error.status_code is not None:
            return service_error(error, raw)
        return {"kind": "input", "code": str(error.code), "raw": raw}
    return {"kind": kind(getattr(error, "inner_exception", error)), "raw": raw}


def kind(cause):
    """Returns the kind of an error without a response that the SDK could parse."""
    if isinstance(cause, RetryError):
        return "connection"  # wraps every error of sending and receiving
    if isinstance(cause, (RequestException, UnicodeEncodeError)):
        return "input"  # raised while preparing the request
    if isinstance(cause, RESPONSE_ERRORS):
        return "response"
    return "other"


def service_error(error, raw):
    """Extracts the message from "code: STATUS, MESSAGE request id: ID". The SDK adds
    statusCode to the fields of the body."""
    message = error.message.removeprefix(f"code: {error.status_code}, ").removesuffix(f" request id: {error.request_id}")
    data = {name: value for name, value in (error.data or {}).items() if name not in ("Code", "Message", "RequestId", "statusCode")}
    result = {
        "kind": "service",
        "code": error.code,
        "message": message,
        "status": error.status_code,
        "requestId": error.request_id,
        "raw": raw,
    }
    if data:
        result["data"] = data
    return result
