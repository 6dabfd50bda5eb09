import unittest

from call import call
from explain import explain
from fake_server import Server, request_to


class Explain(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def explained(self, domains, **change):
        with self.assertRaises(Exception) as raised:
            call({**request_to(self.server, SiteId="1", Domains=domains), **change})
        return explain(raised.exception)

    def test_service_error(self):
        for domains, status in [("refused", 400), ("internal", 500), ("throttled", 429)]:
            with self.subTest(domains):
                got = self.explained(domains)
                raw = got.pop("raw")
                self.assertEqual(got, {
                    "kind": "service", "code": "InvalidParameter.Domains", "message": "Not <a> name, request id: no.",
                    "status": status, "requestId": "R-1", "data": {"HostId": "h", "Recommend": "https://x?a&b"},
                })
                self.assertIn(f"code: {status}, Not <a> name, request id: no. request id: R-1", raw)

    def test_denied(self):
        got = self.explained("denied")
        self.assertEqual((got["status"], got["data"]), (403, {"AccessDeniedDetail": {"AuthAction": "esa:ApplyCertificate"}}))

    def test_incomplete_errors(self):
        numeric, bare = self.explained("numeric"), self.explained("bare")
        self.assertEqual((numeric["code"], numeric["message"]), ("123", "M"))
        # The SDK invents missing values.
        self.assertEqual((bare["code"], bare["message"], bare["requestId"]), ("None", "None", "None"))
        self.assertNotIn("data", bare)

    def test_failures(self):
        for domains, change, kind, raw in [
            ("html", {}, "response", "Failed to parse the value as json format"),
            ("empty", {}, "response", "Failed to parse the value as json format"),
            ("null error", {}, "response", "'NoneType' object has no attribute 'get'"),
            ("cut", {}, "connection", "IncompleteRead"),
            ("reset", {}, "connection", "Remote end closed connection"),
            ("slow", {"timeoutMs": 50}, "connection", "Read timed out"),
            ("unreachable", {"endpoint": "http://127.0.0.1:1"}, "connection", "Connection refused"),
            ("no keys", {"accessKeySecret": ""}, "input", "Please set up the credentials correctly"),
            ("line break in a header", {"securityToken": "a\nb"}, "input", "Invalid"),
            ("non-Latin header", {"securityToken": "中"}, "input", "codec can't encode"),
        ]:
            with self.subTest(domains):
                got = self.explained(domains, **change)
                self.assertEqual(got["kind"], kind, got)
                self.assertIn(raw, got["raw"])

    def test_unknown(self):
        self.assertEqual(explain(Exception("odd")), {"kind": "other", "raw": "odd"})
