"""Checks the chains of a truststore: complete up to a root, short enough, in the usual order."""

from collections.abc import Iterator, Sequence
from typing import Final

from cryptography import x509

from portcullis.pki import facts
from portcullis.pki.certificate_text import name_text
from portcullis.pki.extensions import find_extension
from portcullis.pki.truststore.entry import TruststoreEntry
from portcullis.pki.truststore.finding import Finding
from portcullis.pki.truststore.issuers import IssuerGraph

MAX_CHAIN: Final = 4  # "a maximum chain length of four"; which ones count is not documented


def check_chains(entries: Sequence[TruststoreEntry]) -> Iterator[Finding]:
    graph = IssuerGraph(entries)
    lengths = graph.lengths()
    for entry in entries:
        length = lengths[entry.position]
        if not length:
            named = [e for e in entries if e.certificate.subject == entry.certificate.issuer]
            yield entry.error(
                "incomplete-chain",
                f"Its issuer {name_text(entry.certificate.issuer)} does not lead to "
                "a root in this bundle. "
                + (
                    "The certificate of that name is not the one that issued it: signature or "
                    "authority key identifier differ. Add the right one."
                    if named and not graph.issuers(entry)
                    else "Add every issuer up to the self-signed root."
                ),
            )
        elif graph.is_in_circle(entry):
            yield entry.error(
                "circle",
                f"It and {name_text(entry.certificate.issuer)} certify each other, and OpenSSL "
                "may go round in a circle instead of to a root. Remove it: the roots are in the "
                "bundle.",
            )
        elif length > MAX_CHAIN:
            yield entry.error(
                "chain-too-long",
                f"Its chain to the root has {length} certificates; API Gateway follows "
                f"{MAX_CHAIN}. Issue clients from a CA nearer to the root.",
            )
        elif length == MAX_CHAIN:
            yield entry.warning(
                "chain-at-limit",
                f"With the client's own certificate the chain has {length + 1} certificates; the "
                f"limit of API Gateway is {MAX_CHAIN}, and which ones count is not documented. "
                "Issue clients from a CA nearer to the root.",
            )
        yield from _check_path_length(entry, graph)
        late = [i.position for i in graph.issuers(entry) if i.position < entry.position]
        if late:
            yield entry.warning(
                "order",
                f"Its issuer comes before it, as block {late[0]}. The usual order is issuing CAs "
                "first and roots last: portcullis certs bundle FILE… --out TRUSTSTORE",
            )


def _check_path_length(entry: TruststoreEntry, graph: IssuerGraph) -> Iterator[Finding]:
    if not facts.is_authority(entry.certificate):
        return  # the limit counts authorities only
    above: list[TruststoreEntry] = [entry]
    for distance in range(1, MAX_CHAIN + 1):
        above = [issuer for child in above for issuer in graph.issuers(child)][:MAX_CHAIN]
        for issuer in above:
            basic = find_extension(issuer.certificate, x509.BasicConstraints)
            limit = None if basic is None else basic.path_length
            if limit is not None and distance > limit:
                yield entry.error(
                    "path-length",
                    f"{issuer.subject} above it has pathlen {limit}, which forbids an authority "
                    "this far below, so clients of this CA are refused. Have it issued by a CA "
                    "that may.",
                )
                return
