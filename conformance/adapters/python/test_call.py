import unittest

from call import call, fields
from fake_server import Server, request_to


class Call(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_typed(self):
        got = call(request_to(self.server, SiteId="9223372036854775807", Domains="d", Type="lets_encrypt"))
        self.assertEqual((got["status"], got["headers"]["content-type"]), (200, "application/json;charset=utf-8"))
        # The SDK's type drops unknown members.
        self.assertEqual(
            got["body"],
            {"RequestId": "R-0", "SiteName": "S", "TotalCount": 9007199254740993, "Result": [{"Domain": "d", "Id": "1", "Status": "Applying"}]},
        )
        sent = self.server.sent[0]
        self.assertEqual((sent.method, sent.form), ("POST", {}))
        self.assertEqual(sent.query, {"SiteId": "9223372036854775807", "Domains": "d", "Type": "lets_encrypt"})

    def test_typed_with_alg_type(self):
        got = call(request_to(self.server, SiteId="1", Domains="d", AlgType="ECC"))
        self.assertNotIn("New", got["body"])  # dropped by the SDK's type; its core would keep it
        self.assertEqual(self.server.sent[0].query, {"SiteId": "1", "Domains": "d", "AlgType": "ECC"})

    def test_generic(self):
        got = call(request_to(self.server, SiteId="1", Domains="d", Note="a b+~*ü"))
        self.assertEqual((got["status"], got["body"]["New"], got["headers"]["x-new"]), (200, 1, "n"))
        self.assertEqual(self.server.sent[0].query["Note"], "a b+~*ü")

    def test_variants(self):
        keyless = {"accessKeyId": "", "accessKeySecret": ""}
        for name, change, matches in [
            ("GET", {"method": "GET"}, lambda r: r.method == "GET" and r.query["Domains"] == "d"),
            ("form", {"placement": "form"}, lambda r: r.query == {} and r.form["Domains"] == "d"),
            ("acs3", {}, lambda r: r.headers["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=testid,")),
            ("RPC", {"signature": "hmac-sha1"}, lambda r: r.query["SignatureMethod"] == "HMAC-SHA1" and "Authorization" not in r.headers),
            ("RPC form", {"signature": "hmac-sha1", "placement": "form"}, lambda r: "Signature" in r.query and r.form == {"SiteId": "1", "Domains": "d"}),
            ("STS", {"securityToken": "t"}, lambda r: r.headers["x-acs-security-token"] == "t"),
            ("operation", {"operation": "DeleteCertificate", "method": "GET"}, lambda r: r.method == "GET" and r.headers["x-acs-action"] == "DeleteCertificate"),
            ("RPC operation", {"operation": "SetCertificate", "signature": "hmac-sha1", "placement": "form"}, lambda r: r.query["Action"] == "SetCertificate" and r.form["SiteId"] == "1"),
            ("bearer", {**keyless, "bearerToken": "t"}, lambda r: r.headers["x-acs-bearer-token"] == "t" and "Authorization" not in r.headers),
        ]:
            with self.subTest(name):
                self.server.sent.clear()
                call({**request_to(self.server, SiteId="1", Domains="d"), **change})
                self.assertTrue(matches(self.server.sent[0]), self.server.sent[0])

    def test_unexpected_bodies(self):
        for domains, method, want in [
            ("Result is a number", "POST", {}),  # the typed method hides its error
            ("Result is a number", "GET", {"RequestId": "R-0", "Result": 7}),
            ("null", "POST", {}),
            ("null", "GET", {}),
        ]:
            with self.subTest(f"{domains} by {method}"):
                got = call({**request_to(self.server, SiteId="1", Domains=domains), "method": method})
                self.assertEqual((got["status"], got["body"]), (200, want))

    def test_fields(self):
        for site, want in [
            ("1234567890123", 1234567890123), ("9223372036854775808", 9223372036854775808),
            ("007", "007"), ("-1", "-1"), ("abc", "abc"), ("", ""), ("١", "١"), (" 1", " 1"),
        ]:
            with self.subTest(site):
                self.assertEqual(fields({"SiteId": site, "Domains": "1"}), {"site_id": want, "domains": "1"})
        self.assertEqual(fields({}), {})
