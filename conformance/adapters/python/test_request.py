import json
import unittest

from request import BadRequest, parse

LEAST = {"id": "7", "endpoint": "http://h:1", "parameters": {"SiteId": "1"}}


class Parse(unittest.TestCase):
    def test_defaults(self):
        self.assertEqual(
            parse(json.dumps(LEAST)),
            {**LEAST, "signature": "acs3", "method": "POST", "placement": "query", "timeoutMs": 10000, "maxAttempts": 1},
        )

    def test_given(self):
        given = {
            "accessKeyId": "a", "accessKeySecret": "", "securityToken": "c", "bearerToken": "d",
            "signature": "hmac-sha1", "method": "GET", "placement": "form", "timeoutMs": 1, "maxAttempts": 3,
        }
        self.assertEqual(parse(json.dumps({**LEAST, **given})), {**LEAST, **given})

    def test_no_request(self):
        def spoilt(**members):
            return json.dumps({**LEAST, **members})

        for line, id, problem in [
            ("nonsense", "", "Expecting value"),
            (b"\xff", "", "can't decode"),
            ("null", "", "no object"),
            ("[]", "", "no object"),
            (spoilt(region="x"), "7", 'unknown member "region"'),
            (spoilt(id=7), "", "id is wrong"),
            (spoilt(id=""), "", "id, endpoint or parameters"),
            (spoilt(endpoint="http://h/"), "7", "id, endpoint or parameters"),
            (spoilt(endpoint=1), "7", "endpoint is wrong"),
            (spoilt(signature="acs4"), "7", "signature is wrong"),
            (spoilt(method=[]), "7", "method is wrong"),
            (spoilt(timeoutMs=0), "7", "timeoutMs is wrong"),
            (spoilt(maxAttempts=True), "7", "maxAttempts is wrong"),
            (spoilt(parameters=None), "7", "parameters is wrong"),
            (spoilt(parameters={"SiteId": 1}), "7", "parameters is wrong"),
            ('{"id":"7","endpoint":"http://h"}', "7", "id, endpoint or parameters"),
        ]:
            with self.subTest(line), self.assertRaises(BadRequest) as raised:
                parse(line)
            self.assertEqual(raised.exception.id, id)
            self.assertIn(problem, str(raised.exception))
