"""Parser of request lines. ../protocol.schema.json documents the members."""

import json
import re

STRINGS = {"id", "operation", "endpoint", "accessKeyId", "accessKeySecret", "securityToken", "bearerToken"}
CHOICES = {"signature": ("acs3", "hmac-sha1"), "method": ("POST", "GET"), "placement": ("query", "form")}
NUMBERS = {"timeoutMs": 10000, "maxAttempts": 1}
ENDPOINT = re.compile(r"https?://[^/?#]+")


class BadRequest(Exception):
    """An invalid request line. id is the ID of the line if it has one."""

    def __init__(self, problem, id=""):
        super().__init__(problem)
        self.id = id


def parse(line):
    """Returns the request of a line with defaults, or raises BadRequest."""
    try:
        request = json.loads(line)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if not isinstance(request, dict):
        raise BadRequest("the line is not an object")
    id = request.get("id") if isinstance(request.get("id"), str) else ""
    problem = next(problems(request), None)
    if problem:
        raise BadRequest(problem, id)
    return {"operation": "ApplyCertificate", **{name: values[0] for name, values in CHOICES.items()}, **NUMBERS, **request}


def problems(request):
    """Yields the reasons why a request is invalid."""
    for name, value in request.items():
        if name in STRINGS:
            valid = isinstance(value, str)
        elif name in CHOICES:
            valid = value in CHOICES[name]
        elif name in NUMBERS:
            valid = type(value) is int and value >= 1  # excludes True, an instance of int
        elif name == "parameters":
            valid = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        else:
            yield f"unknown member {json.dumps(name)}"
            continue
        if not valid:
            yield f"{name} is invalid"
    if not request.get("id") or "parameters" not in request or not ENDPOINT.fullmatch(request.get("endpoint", "")):
        yield "id, endpoint or parameters are missing or invalid"
