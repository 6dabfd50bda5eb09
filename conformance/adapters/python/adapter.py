"""The conformance adapter for the vendor's Python SDK, alibabacloud-esa20240910,
unchanged. It speaks the protocol of ../README.md on standard input and output."""

import contextlib
import json
import os
import sys

from call import call
from explain import explain
from request import BadRequest, parse


def answer(line):
    """Gives the result for one line, whatever is wrong with the line or the call."""
    try:
        request = parse(line)
    except BadRequest as bad:
        return failed(bad.id, {"kind": "other", "raw": f"invalid request: {bad}"})
    try:
        return {"id": request["id"], "ok": True, "response": call(request)}
    except Exception as error:  # the SDK has no one type for what it raises
        return failed(request["id"], explain(error))


def failed(id, error):
    return {"id": id, "ok": False, "error": error}


def encode(result):
    """Gives the line of a result; of one that is no JSON, such as an answer with NaN, that of a failure."""
    try:
        return json.dumps(result, allow_nan=False)
    except ValueError as error:
        return json.dumps(failed(result["id"], {"kind": "other", "raw": f"the result has no JSON form: {error}"}))


def serve(lines, out):
    """Answers one line after the other: the client under test is then alone with
    its connection, as in a program that waits for each answer."""
    for line in lines:
        if line.strip():
            out.write(encode(answer(line)) + "\n")
            out.flush()


if __name__ == "__main__":
    results = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # nothing that the SDK prints gets among the results
        serve(sys.stdin.buffer, results)
    sys.stderr.flush()
    os._exit(0)  # every result is out, and tearing down the SDK's modules takes long on a busy machine
