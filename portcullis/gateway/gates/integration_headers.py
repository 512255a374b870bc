"""Headers that API Gateway drops or renames on the way to an integration and back.

Source: API Gateway Developer Guide, "Important notes"; which headers are dropped, set and renamed
is captured.
"""

from portcullis.gateway.gates.call import DROPPED_HEADERS
from portcullis.gateway.gates.responses import JSON

# Captured: the backend does not get these headers of the client, unless the program maps them.
NOT_PROXIED = frozenset({"host", "content-encoding", "via"})
REMAPPED = frozenset(
    {"connection", "content-length", "date", "server", "www-authenticate", "x-amzn-requestid"}
)
NOT_RETURNED = frozenset(
    {"content-encoding", "via", "transfer-encoding", "x-amz-apigw-id"}
    | (DROPPED_HEADERS - REMAPPED)
)


def returned_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """An integration's headers as the client gets them: some renamed, hop-by-hop ones removed."""
    returned: list[tuple[str, str]] = []
    has_content_type = False
    for name, value in headers:
        lowered = name.lower()
        if lowered in REMAPPED:
            returned.append((f"x-amzn-Remapped-{name}", value))
        elif lowered not in NOT_RETURNED:
            has_content_type = has_content_type or lowered == "content-type"
            returned.append((name, value))
    if not has_content_type:
        returned.append(("Content-Type", JSON))
    return tuple(returned)
