"""The client certificates that the laptop's gateway presents to backends, with their keys.

On AWS only API Gateway has the private keys, so those of the graph are replaced by others.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509

from portcullis.gateway.edge.backend_tls import BackendIdentity
from portcullis.graph.resource import Graph
from portcullis.pki.gateway_certificate import ensure

CLIENT_CERTIFICATE = "aws:apigateway/clientCertificate:ClientCertificate"
OUTPUT = "backendCertificatesPem"
PEM = "pemEncodedCertificate"
_DATE = "%Y-%m-%dT%H:%M:%SZ"  # as the provider writes it


def certificates_pem(graph: Graph) -> str:
    """Every client certificate of the graph: what its backend has to trust."""
    return "".join(str(each.property(PEM)) for each in graph.of_type(CLIENT_CERTIFICATE))


class GatewayCertificates:
    """Kept in ``folder``; the keys have mode 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def substituted(self, graph: Graph) -> Graph:
        """The graph with certificates that this machine can present, in the stack's output too."""
        outputs: dict[str, Any] = dict(graph.stack_outputs)
        for resource in graph.of_type(CLIENT_CERTIFICATE):
            before = "".join(f"{line}\n" for line in str(resource.property(PEM)).splitlines())
            files = ensure(self._folder, resource.name)
            pem = files.certificate.read_text(encoding="ascii")
            issued = x509.load_pem_x509_certificate(pem.encode())
            own = {
                PEM: pem,
                "createdDate": f"{issued.not_valid_before_utc:{_DATE}}",
                "expirationDate": f"{issued.not_valid_after_utc:{_DATE}}",
            }
            graph = graph.with_properties(resource, own)
            if isinstance(outputs.get(OUTPUT), str):
                outputs[OUTPUT] = outputs[OUTPUT].replace(before.strip(), pem.strip())
        return replace(graph, stack_outputs=outputs)

    def find(self, certificate_pem: str) -> BackendIdentity | None:
        """The files of a certificate of this folder."""
        for file in self._folder.glob("*.pem"):
            if file.read_text(encoding="ascii").strip() == certificate_pem.strip():
                return BackendIdentity(certificate=file, key=file.with_suffix(".key"))
        return None
