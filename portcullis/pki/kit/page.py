"""Renders the kit's page: the steps for each system, with this client's files and this API."""

import html
from pathlib import Path
from string import Template
from typing import Final

from portcullis.pki.facts import CertificateFacts
from portcullis.pki.kit.address import ApiAddress

_TEMPLATE: Final = Path(__file__).with_name("page.html")
_TRUST: Final = (
    "<p>The server certificate of this host is issued by <code>server-ca.pem</code> of this "
    "folder, a test authority. Browsers and phones warn of it unless you trust that file; remove "
    "that trust after the test.</p>"
)


def render(client: str, address: ApiAddress, certificate: CertificateFacts) -> str:
    """The page as HTML that loads nothing from elsewhere."""
    is_private = address.server_ca is not None
    values = {
        "client": client,
        "host": address.host,
        "name": address.name,
        "port": address.port,
        "url": address.url,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "until": f"{certificate.not_after:%Y-%m-%d}",
        "fingerprint": certificate.fingerprint,
        "cacert": " --cacert server-ca.pem" if is_private else "",
        "ca": " CA=server-ca.pem" if is_private else "",
    }
    escaped = {name: html.escape(value) for name, value in values.items()}
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        escaped, trust=_TRUST if is_private else ""
    )
