"""One call as the logs of a laptop or of AWS describe it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from portcullis.gateway.exchange import Layer
from portcullis.pki.identifiers import (
    parse_api_gateway_serial_number,
    parse_serial_number,
    parse_thumbprint,
    serial_text,
)

ABSENT = "-"  # API Gateway writes it for a value that it does not have


@dataclass(frozen=True, kw_only=True)
class LoggedCall:
    """One call. ``gate`` is the one that answered; ``reason`` its code or text, may be empty.

    ``hints`` name a log that would tell more; ``facts`` are values for the explanation: address,
    client, thumbprint, serial, route, required, granted, rule, detail.
    """

    request_id: str
    other_ids: tuple[str, ...] = ()  # extended request id, connection id
    time: float | None  # seconds since the epoch
    status: int | None  # None where no HTTP answer was given
    method: str = ""
    path: str = ""
    gate: Layer | str
    reason: str = ""
    duration_ms: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    hints: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.request_id, *self.other_ids)

    def is_named(self, name: str) -> bool:
        """Whether ``name`` names the call, its client or the client's certificate.

        A certificate is named by its serial number, in hexadecimal, with or without colons, or in
        decimal; or by its thumbprint, which may be a SHA-256 fingerprint.
        """
        if name and (name in self.ids or name == self.facts.get("client")):
            return True
        serial, thumbprint = self.facts.get("serial"), self.facts.get("thumbprint")
        return (serial is not None and serial in serial_numbers(name)) or (
            thumbprint is not None and thumbprint == as_thumbprint(name)
        )

    @property
    def is_refused(self) -> bool:
        """Whether a gate, and not the backend or a mock integration, gave the answer."""
        if self.gate == Layer.BACKEND:
            return False
        return self.gate != Layer.INTEGRATION or (self.status or 0) >= 400  # noqa: PLR2004


def facts_of(
    access: Mapping[str, Any], authorizer: Mapping[str, Any], address: str = ""
) -> dict[str, str]:
    """The facts in a line of the access log and a line of the authorizer's log, each may be empty.

    The authorizer was not called for a cached answer: then the client's scopes come from the
    access log, and the required one stays unknown.
    """
    certificate = authorizer.get("certificate")
    certificate = certificate if isinstance(certificate, Mapping) else {}
    granted = authorizer.get("grantedScopes")
    found = {
        "address": address or access.get("sourceIp"),
        "client": access.get("clientId") or authorizer.get("clientId"),
        "thumbprint": access.get("certificateThumbprint") or authorizer.get("thumbprint"),
        "serial": certificate.get("serialNumber")
        or _logged_serial_number(access.get("clientCertSerialNumber")),
        "subject": access.get("clientCertSubject") or certificate.get("subject"),
        "route": f"{access.get('httpMethod', '')} {access.get('resourcePath', '')}".strip(),
        "required": authorizer.get("requiredScope"),
        "granted": " ".join(map(str, granted if isinstance(granted, list) else ()))
        or access.get("grantedScopes"),
        "detail": authorizer.get("detail"),
    }
    return {name: str(value) for name, value in found.items() if value and value != ABSENT}


def serial_numbers(text: str) -> set[str]:
    """The serial numbers that ``text`` may be, in our form: digits alone are hex or decimal."""
    found = set()
    for parse in (parse_serial_number, parse_api_gateway_serial_number):
        with suppress(ValueError):
            found.add(serial_text(parse(text)))
    return found


def as_thumbprint(text: str) -> str | None:
    try:
        return parse_thumbprint(text)
    except ValueError:
        return None


def _logged_serial_number(value: Any) -> str:
    """API Gateway's serial number in our form; unchanged where it is in neither of its forms."""
    text = str(value or "")
    try:
        return serial_text(parse_api_gateway_serial_number(text))
    except ValueError:
        return text
