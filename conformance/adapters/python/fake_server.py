"""A server for the tests. Its response depends on the parameter Domains, and it
records the requests."""

import contextlib
import gzip
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

ACCEPTED = {
    "RequestId": "R-0", "SiteName": "S", "TotalCount": 9007199254740993, "New": 1,
    "Result": [{"Domain": "d", "Id": "1", "Status": "Applying"}],
}
REFUSED = {
    "RequestId": "R-1", "HostId": "h", "Recommend": "https://x?a&b",
    "Code": "InvalidParameter.Domains", "Message": "Not <a> name, request id: no.",
}
DENIED = {"RequestId": "R-2", "Code": "NoPermission", "Message": "No.", "AccessDeniedDetail": {"AuthAction": "esa:ApplyCertificate"}}

RESPONSES = {
    "refused": (400, json.dumps(REFUSED)),
    "denied": (403, json.dumps(DENIED)),
    "internal": (500, json.dumps(REFUSED)),
    "throttled": (429, json.dumps(REFUSED)),
    "numeric": (400, '{"RequestId":"R","Code":123,"Message":"M"}'),
    "bare": (400, "{}"),
    "html": (502, "<html>"),
    "empty": (400, ""),
    "null": (200, "null"),
    "null error": (400, "null"),
    "Result is a number": (200, '{"RequestId":"R-0","Result":7}'),
    "not a number": (200, '{"RequestId":"R-0","TotalCount":NaN}'),
    "cut": (200, "{}"),
}


@dataclass
class Request:
    method: str
    headers: object
    query: dict
    form: dict


class Server:
    def __init__(self):
        self.sent = []
        self.ends = threading.Event()
        sent, ends = self.sent, self.ends

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                sent.append(Request(self.command, self.headers, query, form))
                self.reply((query | form).get("Domains"))

            do_GET = do_POST

            def reply(self, domains):
                if domains == "slow":
                    ends.wait()
                if domains == "reset":
                    self.close_connection = True
                    return
                status, content = RESPONSES.get(domains, (200, json.dumps(ACCEPTED)))
                body = gzip.compress(content.encode()) if domains == "gzip" else content.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json;charset=utf-8")
                self.send_header("Content-Length", str(len(body) + (100 if domains == "cut" else 0)))
                self.send_header("X-New", "n")
                if domains == "gzip":
                    self.send_header("Content-Encoding", "gzip")
                if domains == "throttled":
                    self.send_header("x-acs-retry-after", "2000")
                with contextlib.suppress(ConnectionError):  # the client may have disconnected
                    self.end_headers()
                    self.wfile.write(body)
                self.close_connection = domains == "cut"

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.ends.set()
        self.http.shutdown()
        self.http.server_close()


def request_to(server, **parameters):
    """Returns a request with defaults."""
    return {
        "id": "1", "endpoint": server.endpoint, "accessKeyId": "testid", "accessKeySecret": "testsecret",
        "operation": "ApplyCertificate", "signature": "acs3", "method": "POST", "placement": "query", "timeoutMs": 10000, "maxAttempts": 1,
        "parameters": parameters,
    }
