// The flow of the vendor's samples: wait until the new site is pending, apply for
// certificates, delete each of them. TestVendorSamples runs it with the ID of a site.
//
// The samples also buy a plan and create the site, which the server does not support;
// here both exist.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

// The SDK is a package of the adapter.
const require = createRequire(new URL("../adapters/node/package.json", import.meta.url));
const esa = require("@alicloud/esa20240910");
const { $OpenApiUtil } = require("@alicloud/openapi-core");

const siteId = Number(process.argv[2]);
const client = new esa.default(new $OpenApiUtil.Config({
  protocol: "http",
  endpoint: process.env.FLOW_HOST,
  accessKeyId: process.env.FLOW_KEY_ID,
  accessKeySecret: process.env.FLOW_KEY_SECRET,
}));

// until repeats a request until its response is as wanted.
async function until(what, request, wanted) {
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    const { body } = await request();
    if (wanted(body)) {
      return body;
    }
    assert.ok(Date.now() < deadline, `${what}: not reached in 30 s: ${JSON.stringify(body)}`);
  }
}

const getSite = () => client.getSite(new esa.GetSiteRequest({ siteId }));
const getCertificate = (id) => client.getCertificate(new esa.GetCertificateRequest({ siteId, id }));
const listCertificates = () => client.listCertificates(new esa.ListCertificatesRequest({ siteId }));

async function apply(domains) {
  const { body } = await client.applyCertificate(new esa.ApplyCertificateRequest({ siteId, domains, type: "lets_encrypt" }));
  assert.deepEqual(body.result.map((item) => item.domain), domains.split(","));
  return body.result;
}

async function deleteEach(certificates) {
  for (const { id } of certificates) {
    const { body } = await client.deleteCertificate(new esa.DeleteCertificateRequest({ siteId, id }));
    assert.equal(body.id, id);
  }
}

async function isClean() {
  const { body: list } = await listCertificates();
  assert.equal(list.totalCount, 0);
  assert.deepEqual(list.result, []);
  const { body: quota } = await client.getCertificateQuota(new esa.GetCertificateQuotaRequest({ siteId, type: "free" }));
  assert.equal(quota.quotaUsage, 0);
}

const { siteModel: site } = await until("site pending", getSite, (body) => body.siteModel.status === "pending");
const domains = `www.${site.siteName},*.${site.siteName}`;

// The samples delete without waiting: the certificates are still Applying.
const applying = await apply(domains);
assert.deepEqual(applying.map((item) => item.status), ["Applying", "Applying"]);
await deleteEach(applying);
await isClean();

// A program that polls deletes certificates that are in force. The names are free
// again after the first deletion.
const issued = await apply(domains);
for (const { id } of issued) {
  const { certificate } = await until("status OK", () => getCertificate(id), (body) => body.status === "OK");
  assert.match(certificate, /^-----BEGIN CERTIFICATE-----/);
}
await deleteEach(issued);
await isClean();

// Each is gone, as the samples expect of a second cleanup.
for (const { id } of [...applying, ...issued]) {
  await assert.rejects(getCertificate(id), { code: "Certificate.NotFound", statusCode: 404 });
}
