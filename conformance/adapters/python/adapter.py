"""The conformance adapter for the unmodified Python SDK of the vendor,
alibabacloud-esa20240910. It implements the protocol of ../README.md on standard input
and output."""

import contextlib
import json
import os
import sys

from call import call
from explain import explain
from request import BadRequest, parse


def handle(line):
    """Returns the result for a request line, even if the line or the call is invalid."""
    try:
        request = parse(line)
    except BadRequest as bad:
        return failed(bad.id, {"kind": "other", "raw": f"invalid request: {bad}"})
    try:
        return {"id": request["id"], "ok": True, "response": call(request)}
    except Exception as error:  # the SDK's exceptions have no common type
        return failed(request["id"], explain(error))


def failed(id, error):
    return {"id": id, "ok": False, "error": error}


def encode(result):
    """Returns the line of a result, or of a failure if the result has no JSON form, for example because of NaN."""
    try:
        return json.dumps(result, allow_nan=False)
    except ValueError as error:
        return json.dumps(failed(result["id"], {"kind": "other", "raw": f"the result has no JSON form: {error}"}))


def serve(lines, out):
    """Handles the lines one after another, like a program that awaits each response."""
    for line in lines:
        if line.strip():
            out.write(encode(handle(line)) + "\n")
            out.flush()


if __name__ == "__main__":
    results = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # keep the SDK's output out of the results
        serve(sys.stdin.buffer, results)
    sys.stderr.flush()
    os._exit(0)  # all results are written, and tearing down the SDK's modules is slow
