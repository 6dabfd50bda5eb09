"""The flow of a program that watches the certificates of a domain. TestWatcher runs it
with the domain.

The watcher makes sure that the domain and its subdomains are covered. It applies for
both names in one call and expects one certificate with both. The server issues one
certificate per name, so the flow passes when each name is covered.

While a certificate is Applying, a real watcher publishes the DNS records of its DCV.
The server does not return DCV yet, so this part is left out.
"""

import os
import sys
import time
from datetime import datetime, timedelta, timezone

from alibabacloud_esa20240910 import models
from alibabacloud_esa20240910.client import Client
from alibabacloud_tea_openapi.utils_models import Config

USABLE = {"OK", "Issued", "Expiring"}
PATIENCE = 30  # seconds


def main(domain):
    client = Client(Config(
        protocol="http",
        endpoint=os.environ["FLOW_HOST"],
        access_key_id=os.environ["FLOW_KEY_ID"],
        access_key_secret=os.environ["FLOW_KEY_SECRET"],
    ))
    names = [domain, "*." + domain]
    site = find_site(client, domain)

    # The first round finds no certificate and applies.
    assert watch(client, site, names) == "applied"
    # A round while the certificates are issued does not apply again. The certificates
    # may be issued already, if the machine is slow.
    assert watch(client, site, names) in ("applying", "covered")

    deadline = time.monotonic() + PATIENCE
    while (state := watch(client, site, names)) != "covered":
        assert state == "applying", state
        assert time.monotonic() < deadline, "not covered in time"
        time.sleep(0.2)

    certificates = list_certificates(client, site)
    assert len(certificates) == 2, certificates
    for certificate in certificates:
        assert certificate.type == "free"
        assert expiry(certificate) > datetime.now(timezone.utc) + timedelta(days=30), certificate.not_after


def watch(client, site, names):
    """One round: applies if a name is not covered and no application is in progress.
    Returns "covered", "applying" or "applied"."""
    certificates = list_certificates(client, site)
    usable = [c for c in certificates if c.status in USABLE]
    if all(any(covers(c, name) for c in usable) for name in names):
        return "covered"
    if any(c.status == "Applying" for c in certificates):
        return "applying"
    response = client.apply_certificate(models.ApplyCertificateRequest(
        site_id=site, domains=",".join(names), type="lets_encrypt"))
    assert response.body.total_count == len(names), response.body
    return "applied"


def find_site(client, domain):
    sites = client.list_sites(models.ListSitesRequest(site_name=domain, site_search_type="exact")).body.sites
    assert [s.site_name for s in sites] == [domain], sites
    return sites[0].site_id


def list_certificates(client, site):
    response = client.list_certificates(models.ListCertificatesRequest(site_id=site, page_size=500, valid_only=False))
    assert response.body.total_count == len(response.body.result), response.body
    return response.body.result


def covers(certificate, name):
    """Reports whether the certificate has the name, among its SANs or as its CN."""
    return name in certificate.san.split(",") or name == certificate.common_name


def expiry(certificate):
    return datetime.strptime(certificate.not_after, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)


if __name__ == "__main__":
    main(sys.argv[1])
