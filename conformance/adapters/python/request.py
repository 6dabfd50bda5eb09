"""Reading a request line. The members are explained in ../protocol.schema.json."""

import json
import re

TEXTS = {"id", "endpoint", "accessKeyId", "accessKeySecret", "securityToken", "bearerToken"}
CHOICES = {"signature": ("acs3", "hmac-sha1"), "method": ("POST", "GET"), "placement": ("query", "form")}
NUMBERS = {"timeoutMs": 10000, "maxAttempts": 1}
ENDPOINT = re.compile(r"https?://[^/?#]+")


class BadRequest(Exception):
    """A line that is no request. Its id is that of the line, if it shows one."""

    def __init__(self, problem, id=""):
        super().__init__(problem)
        self.id = id


def parse(line):
    """Gives the request of a line with its defaults, or raises BadRequest."""
    try:
        request = json.loads(line)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if not isinstance(request, dict):
        raise BadRequest("the line has no object")
    id = request.get("id") if isinstance(request.get("id"), str) else ""
    problem = next(problems(request), None)
    if problem:
        raise BadRequest(problem, id)
    return {**{name: values[0] for name, values in CHOICES.items()}, **NUMBERS, **request}


def problems(request):
    """Tells what is wrong with a request."""
    for name, value in request.items():
        if name in TEXTS:
            right = isinstance(value, str)
        elif name in CHOICES:
            right = value in CHOICES[name]
        elif name in NUMBERS:
            right = type(value) is int and value >= 1  # True is an int, too
        elif name == "parameters":
            right = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        else:
            yield f"unknown member {json.dumps(name)}"
            continue
        if not right:
            yield f"{name} is wrong"
    if not request.get("id") or "parameters" not in request or not ENDPOINT.fullmatch(request.get("endpoint", "")):
        yield "id, endpoint or parameters are missing or wrong"
