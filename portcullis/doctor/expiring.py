"""Turns what expires into lines of the report: one for each that ends soon or has ended."""

from collections.abc import Callable, Iterable, Iterator

from portcullis.doctor.diagnosis import Diagnosis, fail, warn
from portcullis.pki.expiry import Expiry, ExpiryKind, ExpiryState


def ending(
    check: str,
    expiries: Iterable[Expiry],
    *,
    ended: Callable[[str, str, str], Diagnosis] = fail,
) -> Iterator[Diagnosis]:
    """``ended`` makes the line of what has ended."""
    for one in expiries:
        if one.state is not ExpiryState.OK:
            line = ended if one.state is ExpiryState.EXPIRED else warn
            yield line(check, described(one), one.fix)


def described(one: Expiry) -> str:
    end, has_ended = f"{one.not_after:%Y-%m-%d %H:%M} UTC", one.state is ExpiryState.EXPIRED
    if one.kind is ExpiryKind.LIST:
        return f"{one.file}: the next list of {one.name} {'was' if has_ended else 'is'} due {end}"
    return f"{one.name}: its {one.kind} {'ended' if has_ended else 'ends'} {end}"
