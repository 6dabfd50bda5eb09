import io
import json
import os
import subprocess
import sys
import unittest

from adapter import handle, serve
from fake_server import Server, request_to


class Adapter(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def line(self, id, **parameters):
        return json.dumps({**request_to(self.server, SiteId="1", **parameters), "id": id}).encode() + b"\n"

    def test_results(self):
        refused = handle(self.line("a", Domains="refused"))
        self.assertEqual((refused["id"], refused["ok"], refused["error"]["status"]), ("a", False, 400))
        accepted = handle(self.line("b", Domains="gzip"))  # compressed without Accept-Encoding
        self.assertEqual((accepted["id"], accepted["ok"], accepted["response"]["body"]["RequestId"]), ("b", True, "R-0"))

    def test_result_without_json_form(self):
        out = io.StringIO()
        serve([self.line("a", Domains="not a number"), self.line("b", Domains="d")], out)
        first, second = map(json.loads, out.getvalue().splitlines())
        self.assertEqual((first["id"], first["ok"], first["error"]["kind"]), ("a", False, "other"))
        self.assertTrue(second["ok"])

    def test_every_line_has_a_result(self):
        directory = os.path.dirname(os.path.abspath(__file__))
        lines = [b"nonsense\n", b"\n", self.line("1", Domains="reset"), self.line("2", Domains="d").rstrip()]
        done = subprocess.run(
            [sys.executable, "adapter.py"], cwd=directory, input=b"".join(lines), stdout=subprocess.PIPE, timeout=60, check=True,
        )
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(result["id"], result["ok"]) for result in results], [("", False), ("1", False), ("2", True)])
        self.assertEqual([result.get("error", {}).get("kind") for result in results], ["other", "connection", None])
