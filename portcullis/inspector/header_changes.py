"""The headers of a request before and after the gateway, each marked with what became of it."""

from portcullis.inspector.redaction import Headers, named

ADDED, CHANGED, DROPPED = "added", "changed", "dropped"


def client_headers(sent: Headers, passed_on: Headers | None) -> list[list[str]]:
    """Name, value and mark; nothing is marked for a call that reached no HTTP backend."""
    kept = None if passed_on is None else _by_name(passed_on)
    return [
        [name, named(name, value), "" if kept is None or name.lower() in kept else DROPPED]
        for name, value in sent
    ]


def backend_headers(sent: Headers, passed_on: Headers) -> list[list[str]]:
    """The same for what the backend got. Values are compared before secrets are cut."""
    before, after = _by_name(sent), _by_name(passed_on)
    return [[name, named(name, value), _mark(name, before, after)] for name, value in passed_on]


def _mark(name: str, before: dict[str, str], after: dict[str, str]) -> str:
    lowered = name.lower()
    if lowered not in before:
        return ADDED
    return "" if before[lowered] == after[lowered] else CHANGED


def _by_name(pairs: Headers) -> dict[str, str]:
    """Values by name in lower case; those of one name are joined, as API Gateway sends them."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        lowered = name.lower()
        joined[lowered] = f"{joined[lowered]},{value}" if lowered in joined else value
    return joined
