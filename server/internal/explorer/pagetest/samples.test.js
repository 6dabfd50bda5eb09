import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { read } from "../page/contract.js";
import { samples } from "../page/samples.js";
import { isInt64, literal, shell } from "../page/samples-text.js";
import { sign } from "../page/sign.js";
import { spec, specs } from "./spec.js";
import { random, textOf } from "./random.js";

const contract = read(spec());
const odd = "*.example.com,a b'c\"d$(e)`f`\\ü\n";
const base = {
  scheme: "acs3", method: "POST", place: "query", endpoint: "http://127.0.0.1:8080", action: contract.action, version: contract.apiVersion,
  params: [["SiteId", "1234567890123"], ["Domains", odd]], keyId: "K3Y1D", secret: "S3CR3T", token: "T0K3N", date: new Date(0), nonce: "n",
};

test("no sample contains the secret", async (t) => {
  for (const [name, change] of [
    ["ACS3", {}],
    ["signature 1.0", { scheme: "rpc" }],
    ["signature 1.0, HMAC-SHA256", { scheme: "rpc-sha256" }],
    ["form", { place: "form" }],
    ["GET", { method: "GET" }],
    ["unknown parameter", { params: [["Other", odd]] }],
    ["no token", { token: "" }],
    ["the vendor's endpoint", { endpoint: "https://esa.cn-hangzhou.aliyuncs.com" }],
    ["IPv6", { endpoint: "http://[::1]:8080" }],
  ]) {
    await t.test(name, async () => {
      const call = { ...base, ...change };
      const all = samples(call, contract, await sign(call));
      assert.equal(new Set(all.map((s) => s.id)).size, 7);
      for (const s of all) {
        assert.doesNotMatch(JSON.stringify(s), /S3CR3T/, s.id);
        // curl sends what was signed, including the token.
        if (s.id !== "curl") assert.doesNotMatch(JSON.stringify(s), /T0K3N/, s.id);
        assert.ok(s.title && s.code, s.id);
      }
    });
  }
});

test("AlgType travels as each client has it", async () => {
  const call = { ...base, params: [["SiteId", "1"], ["Domains", "www.example.com"], ["AlgType", "ECC"]] };
  const all = Object.fromEntries(samples(call, contract, await sign(call)).map((s) => [s.id, s.code]));
  assert.match(all.esacert, /\t\tAlgType: "ECC",/);
  assert.doesNotMatch(all.esacert, /WithoutValidation/);
  assert.match(all.python, /alg_type="ECC"/);
  assert.match(all.node, /callApi/); // its type has no such field
  for (const [id, code] of Object.entries(all)) assert.match(code, /ECC/, id);
  const long = { ...call, params: [...call.params.slice(0, 2), ["AlgType", "R".repeat(65)]] };
  assert.match(samples(long, contract, await sign(long)).find((s) => s.id === "esacert").code, /WithoutValidation/);
});

test("samples of clients without HMAC-SHA256 note it", async () => {
  const call = { ...base, scheme: "rpc-sha256" };
  for (const s of samples(call, contract, await sign(call))) {
    if (s.id === "esacert") assert.match(s.code, /client\.WithSignature\(signature\.RPCHMACSHA256\)/);
    else if (s.id === "curl") assert.match(s.code, /SignatureMethod=HMAC-SHA256/);
    else assert.match(s.note, /HMAC-SHA1 only/, s.id);
  }
});

test("samples trust a server's self-signed root", async () => {
  const root = "/home/some one/root.pem";
  const call = { ...base, endpoint: "https://127.0.0.1:8443", root };
  const wanted = {
    esacert: `export SSL_CERT_FILE='${root}'`, go: `export SSL_CERT_FILE='${root}'`, node: `export NODE_EXTRA_CA_CERTS='${root}'`,
    python: `export SSL_CERT_FILE='${root}'`, java: `-file '${root}' -keystore trust.p12`, aliyun: "--skip-secure-verify", curl: `--cacert '${root}'`,
  };
  const signed = await sign(call);
  for (const s of samples(call, contract, signed)) {
    const text = s.id === "aliyun" || s.id === "curl" ? s.code : s.run;
    assert.ok(text.includes(wanted[s.id]), `${s.id}: ${text}`);
    assert.doesNotMatch(s.code + s.run, /http:|"http"|--insecure/, s.id);
  }
  for (const s of samples({ ...call, root: undefined }, contract, signed)) assert.doesNotMatch(s.code + s.run, /CERT|trust|--cacert|skip-secure/, s.id);
});

test("shell quotes one word losslessly", () => {
  const next = random(5);
  const texts = ["", "plain", "a b", "it's", "$HOME", "`x`", "a\\b", '"', "*", "-n", "~", "#", "!", "ü\u{1f600}", "a\nb", odd];
  for (let i = 0; i < 100; i++) texts.push(textOf(next, "ab '\"$`\\*?~!#;&|<>(){}[]=\n", 12));
  for (const text of texts) assert.doesNotMatch(text, /\0/);
  const got = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(shell).join(" ")}`], { encoding: "utf8" });
  assert.deepEqual(got.split("\0").slice(0, -1), texts);
});

test("literal is read back as it was", () => {
  for (const text of ["", odd, "\t\0", "😀", "\u2028"]) assert.equal(JSON.parse(literal(text)), text);
  assert.equal(JSON.parse(literal("a\ud83d")), "a\ufffd");
});

test("isInt64", () => {
  for (const text of ["0", "1234567890123", "9223372036854775807", "-9223372036854775808"]) assert.equal(isInt64(text), true, text);
  for (const text of ["", " 1", "+1", "01", "1.0", "1e3", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "x"]) assert.equal(isInt64(text), false, text);
});

// filled returns the call of an operation's form with its documented example.
function filled(one, more) {
  const params = one.parameters.filter((p) => p.example !== undefined && p.evidence === "documented").map((p) => [p.name, String(p.example)]);
  return { ...base, method: one.methods[0], place: one.form ? "form" : "query", action: one.action, params, ...more };
}

test("every operation has samples that contain its parameters", async (t) => {
  for (const [action, document] of Object.entries(specs())) {
    await t.test(action, async () => {
      const one = read(document);
      const call = filled(one);
      const all = samples(call, one, await sign(call));
      assert.equal(new Set(all.map((s) => s.id)).size, 7);
      for (const s of all) {
        assert.match(s.code, new RegExp(action), s.id);
        for (const p of one.parameters) {
          if (!call.params.some(([name]) => name === p.name)) continue;
          const name = s.id === "esacert" ? p.name.replace(/Id(?=[A-Z]|$)/g, "ID") : action === "ApplyCertificate" ? p.name[0] : p.name;
          assert.match(s.code, new RegExp(name), `${s.id} has no ${p.name}`);
        }
        assert.doesNotMatch([s.code, s.run, s.note, s.file].join("\n"), /undefined|NaN|\[object/, s.id);
      }
      const by = Object.fromEntries(all.map((s) => [s.id, s]));
      assert.match(by.esacert.code, new RegExp(`c\\.${action}\\(context\\.Background\\(\\), client\\.${action}Input\\{`));
      assert.doesNotMatch(by.esacert.code, /WithMethod|WithoutValidation/);
      assert.equal(by.aliyun.code.includes("--force"), action === "GetDcvDelegation", by.aliyun.code);
      assert.equal(by.aliyun.code.includes("--method GET"), one.methods[0] === "GET");
      if (action !== "ApplyCertificate") for (const id of ["node", "python"]) assert.match(by[id].code, /call_?api/i);
    });
  }
});

test("the aliyun line leaves parameters that the command does not know unchecked", async () => {
  const one = read(specs().ListCertificates);
  const call = filled(one, { params: [["SiteId", "1"], ["Type", "free"]] });
  const { code } = samples(call, one, await sign(call)).find((s) => s.id === "aliyun");
  assert.match(code, /--Type free[^]*--force \\\n {2}--method POST/);
});

test("samples in Go have the types of the SDK's inputs", async () => {
  const one = read(specs().ListSites);
  const code = async (params) => {
    const call = filled(one, { params });
    return samples(call, one, await sign(call)).find((s) => s.id === "esacert");
  };
  const good = await code([["SiteName", "a"], ["PageSize", "20"], ["OnlyEnterprise", "true"], ["ResourceGroupId", "r"]]);
  assert.match(good.code, /\t\tSiteName: {8}"a",\n\t\tPageSize: {8}20,\n\t\tOnlyEnterprise: {2}true,\n\t\tResourceGroupID: "r",\n/);
  assert.match((await code([["PageSize", "2147483648"]])).note, /PageSize is an int32/);
  assert.match((await code([["OnlyEnterprise", "1"]])).note, /OnlyEnterprise is a bool/);
  assert.match((await code([["OnlyEnterprise", "false"]])).note, /does not send OnlyEnterprise/);
  const get = read(specs().GetCertificate);
  const call = filled(get, { params: [["SiteId", "1"]], method: "GET" });
  assert.match(samples(call, get, await sign(call))[0].code, /WithMethod\("GET"\),\n\t\tclient\.WithoutValidation/);
});

test("the private key is in no sample", async (t) => {
  const one = read(specs().SetCertificate);
  const key = "-----BEGIN PRIVATE KEY-----\nMIGH+/S3CR3TKEY==\n-----END PRIVATE KEY-----\n";
  for (const scheme of ["acs3", "rpc", "rpc-sha256"]) {
    for (const place of ["form", "query"]) {
      await t.test(`${scheme}, ${place}`, async () => {
        const call = filled(one, { scheme, place, params: [["Certificate", "C"], ["PrivateKey", key], ["SiteId", "1"], ["Type", "upload"]] });
        for (const s of samples(call, one, await sign(call))) {
          assert.doesNotMatch(JSON.stringify(s), /S3CR3TKEY|MIGH/, s.id);
          if (place === "form") assert.match(s.code, /private-key\.pem/, s.id);
          assert.match(s.note, /reads PrivateKey from the file private-key\.pem/, s.id);
        }
      });
    }
  }
});

// The body that was signed is sent byte for byte, with the key of a file.
test("curl sends the body that was signed", async (t) => {
  const one = read(specs().SetCertificate);
  const dir = mkdtempSync(join(tmpdir(), "samples-"));
  t.after(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "curl"), '#!/bin/sh\nwhile [ "$1" != --data-raw ]; do shift; done\nprintf %s "$2"\n', { mode: 0o700 });
  const pem = "-----BEGIN PRIVATE KEY-----\nMIGH+/a==\nb/+c\n-----END PRIVATE KEY-----";
  for (const key of [pem, `${pem}\n`]) {
    for (const file of [pem, `${pem}\n`, `${pem}\n`.replaceAll("\n", "\r\n")]) {
      writeFileSync(join(dir, "private-key.pem"), file);
      for (const params of [[["PrivateKey", key]], [["Certificate", "it's $C"], ["PrivateKey", key]], [["PrivateKey", key], ["SiteId", "1"]], [["Name", "n"], ["PrivateKey", key], ["Type", "a b"]]]) {
        const call = filled(one, { params });
        const request = await sign(call);
        const { code } = samples(call, one, request).find((s) => s.id === "curl");
        const sent = execFileSync("sh", ["-c", code], { cwd: dir, encoding: "utf8", env: { PATH: `${dir}:${process.env.PATH}` } });
        assert.equal(sent, request.body, code);
      }
    }
  }
});
