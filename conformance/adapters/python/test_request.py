import json
import unittest

from request import BadRequest, parse

MINIMAL = {"id": "7", "endpoint": "http://h:1", "parameters": {"SiteId": "1"}}


class Parse(unittest.TestCase):
    def test_defaults(self):
        self.assertEqual(
            parse(json.dumps(MINIMAL)),
            {**MINIMAL, "operation": "ApplyCertificate", "signature": "acs3", "method": "POST", "placement": "query", "timeoutMs": 10000, "maxAttempts": 1},
        )

    def test_all_members(self):
        members = {
            "operation": "GetSite", "accessKeyId": "a", "accessKeySecret": "", "securityToken": "c", "bearerToken": "d",
            "signature": "hmac-sha1", "method": "GET", "placement": "form", "timeoutMs": 1, "maxAttempts": 3,
        }
        self.assertEqual(parse(json.dumps({**MINIMAL, **members})), {**MINIMAL, **members})

    def test_invalid(self):
        def changed(**members):
            return json.dumps({**MINIMAL, **members})

        for line, id, problem in [
            ("nonsense", "", "Expecting value"),
            (b"\xff", "", "can't decode"),
            ("null", "", "not an object"),
            ("[]", "", "not an object"),
            (changed(region="x"), "7", 'unknown member "region"'),
            (changed(id=7), "", "id is invalid"),
            (changed(id=""), "", "id, endpoint or parameters"),
            (changed(endpoint="http://h/"), "7", "id, endpoint or parameters"),
            (changed(endpoint=1), "7", "endpoint is invalid"),
            (changed(signature="acs4"), "7", "signature is invalid"),
            (changed(method=[]), "7", "method is invalid"),
            (changed(timeoutMs=0), "7", "timeoutMs is invalid"),
            (changed(maxAttempts=True), "7", "maxAttempts is invalid"),
            (changed(parameters=None), "7", "parameters is invalid"),
            (changed(parameters={"SiteId": 1}), "7", "parameters is invalid"),
            ('{"id":"7","endpoint":"http://h"}', "7", "id, endpoint or parameters"),
        ]:
            with self.subTest(line), self.assertRaises(BadRequest) as raised:
                parse(line)
            self.assertEqual(raised.exception.id, id)
            self.assertIn(problem, str(raised.exception))
