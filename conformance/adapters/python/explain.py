"""Sorting what the vendor's SDK raises into the kinds of the protocol."""

from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import RetryError
from requests import RequestException

# What the SDK stumbles over when an answer is not what it takes for granted: it
# reads the body without a guard, and has RuntimeError for text that is no JSON.
STUMBLES = (RuntimeError, ValueError, TypeError, AttributeError, LookupError)


def explain(error):
    """Gives the error of the protocol."""
    raw = str(error)
    if isinstance(error, AlibabaCloudException):
        if error.status_code is not None:
            return refusal(error, raw)
        return {"kind": "input", "code": str(error.code), "raw": raw}
    return {"kind": kind(getattr(error, "inner_exception", error)), "raw": raw}


def kind(cause):
    """Sorts the cause of a call without an answer that the SDK could read."""
    if isinstance(cause, RetryError):
        return "connection"  # of whatever went wrong while sending and receiving
    if isinstance(cause, (RequestException, UnicodeEncodeError)):
        return "input"  # so this is from preparing the request
    if isinstance(cause, STUMBLES):
        return "response"
    return "other"


def refusal(error, raw):
    """Takes apart "code: STATUS, MESSAGE request id: ID". The SDK adds statusCode
    to the fields of the body."""
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
