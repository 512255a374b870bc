"""Mutants of the truststore: a certificate in it ended in 2020, or is cut short."""

import base64
import re
from collections.abc import Callable, Iterator

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import Mutant, with_value
from portcullis.graph.resource import Graph

BLOCK = re.compile(r"(?<=-----BEGIN CERTIFICATE-----\n).*?(?=-----END CERTIFICATE-----)", re.DOTALL)
# Both times of a certificate's validity in DER, as UTCTime: the year has the first two digits.
VALIDITY = re.compile(rb"\x17\x0d\d\d(\d{10}Z\x17\x0d)\d\d(\d{10}Z)")


def truststore_mutants(graph: Graph) -> Iterator[Mutant]:
    """The signature of a changed certificate is wrong; no rule reads it."""
    for upload in graph.of_type(types.BUCKET_OBJECT):
        text = upload.inputs.get("content")
        if not isinstance(text, str) or not (found := BLOCK.search(text)):
            continue
        edits: dict[str, Callable[[bytes], bytes]] = {
            "a certificate that ended in 2020": _ended_in_2020,
            "a certificate that is cut short": lambda der: der[:-1],
        }
        for what, edit in edits.items():
            changed = base64.b64encode(edit(base64.b64decode(found[0]))).decode()
            content = f"{text[: found.start()]}{changed}\n{text[found.end() :]}"
            yield Mutant(
                target=upload.name,
                what=f"content: {what}",
                graph=with_value(graph, upload, ("content",), content),
            )


def _ended_in_2020(der: bytes) -> bytes:
    return VALIDITY.sub(b"\x17\x0d19\\g<1>20\\g<2>", der, count=1)
