"""When it is valid: RFC 5280 section 4.1.2.5. It is shown at `making.NOW`."""

import datetime

from authorizer.reasons import Reason
from tests.authorizer.making import NOW
from tests.authorizer.surgery import GENERALIZED_TIME, UTC_TIME, UTF8_STRING, VALIDITY, Element
from tests.authorizer.vectors.case import MALFORMED, OK, Change, changed, issued

EXPIRED, NOT_YET_VALID = Reason.EXPIRED, Reason.NOT_YET_VALID
SECOND, DAY = datetime.timedelta(seconds=1), datetime.timedelta(days=1)
LIMBO = "limbo rfc5280::validity::"


def _between(
    first: bytes = b"261121120000Z", last: bytes = b"261222120000Z", *, tag: int | None = None
) -> Change:
    """Both moments as they shall stand there; four digits of a year make a GeneralizedTime."""

    def change(fields: Element) -> None:
        for position, text in enumerate((first, last)):
            natural = GENERALIZED_TIME if len(text) > len("YYMMDDhhmmssZ") + 1 else UTC_TIME
            fields[VALIDITY].inside[position] = Element(tag or natural, text)

    return change


# Each stands in the place of the first moment, and is of one of the two kinds.
_UNREADABLE = {
    "without-seconds": (b"2611211200Z", UTC_TIME),
    "with-an-offset": (b"261121120000+0000", UTC_TIME),
    "without-zone": (b"261121120000", UTC_TIME),
    "month-13": (b"261321120000Z", UTC_TIME),
    "day-0": (b"261100120000Z", UTC_TIME),
    "february-29-of-2026": (b"260229120000Z", UTC_TIME),
    "hour-24": (b"261121240000Z", UTC_TIME),
    "leap-second": (b"261121125960Z", UTC_TIME),
    "letter": (b"26112112000aZ", UTC_TIME),
    "space": (b" 61121120000Z", UTC_TIME),
    "minus": (b"-61121120000Z", UTC_TIME),
    "empty": (b"", UTC_TIME),
    "zero-byte": (b"261121120000Z\0", UTC_TIME),
    "four-digits-of-a-year": (b"20261121120000Z", UTC_TIME),
    "text": (b"261121120000Z", UTF8_STRING),
    "generalized-year-0": (b"00000101000000Z", GENERALIZED_TIME),
    "generalized-fraction": (b"20261121120000.5Z", GENERALIZED_TIME),
    "generalized-empty-fraction": (b"20261121120000.Z", GENERALIZED_TIME),
    "generalized-without-zone": (b"20261121120000", GENERALIZED_TIME),
    "generalized-with-an-offset": (b"20261121120000+0100", GENERALIZED_TIME),
    "generalized-two-digits-of-a-year": (b"261121120000Z", GENERALIZED_TIME),
}


def _unreadable(text: bytes, tag: int) -> Change:
    return lambda fields: fields[VALIDITY].inside.__setitem__(0, Element(tag, text))


CASES = (
    issued("not-before-exact", LIMBO + "notbefore-exact", OK, not_before=NOW),
    issued("not-after-exact", LIMBO + "notafter-exact", OK, not_after=NOW),
    issued(
        "expired-leaf",
        LIMBO + "expired-leaf",
        EXPIRED,
        not_before=NOW - 800 * DAY,
        not_after=NOW - 400 * DAY,
    ),
    issued("expired-1-second", LIMBO + "expired-1-second", EXPIRED, not_after=NOW - SECOND),
    issued("expired-5-seconds", LIMBO + "expired-5-seconds", EXPIRED, not_after=NOW - 5 * SECOND),
    issued(
        "not-yet-valid-1-second",
        LIMBO + "not-yet-valid-1-second",
        NOT_YET_VALID,
        not_before=NOW + SECOND,
    ),
    issued(
        "not-yet-valid-5-seconds",
        LIMBO + "not-yet-valid-5-seconds",
        NOT_YET_VALID,
        not_before=NOW + 5 * SECOND,
    ),
    changed(
        "ends-before-it-begins-in-the-past",
        "RFC 5280 4.1.2.5",
        EXPIRED,
        _between(b"261121120000Z", b"261120120000Z"),
    ),
    changed(
        "ends-before-it-begins-in-the-future",
        "RFC 5280 4.1.2.5",
        NOT_YET_VALID,
        _between(b"261222120000Z", b"261221120000Z"),
    ),
    changed(
        "ends-before-it-begins-around-now",
        "RFC 5280 4.1.2.5",
        NOT_YET_VALID,
        _between(b"261222120000Z", b"261121120000Z"),
    ),
    changed("utc-1950", "RFC 5280 4.1.2.5.1", OK, _between(b"500101000000Z")),
    changed("utc-2049", "RFC 5280 4.1.2.5.1", OK, _between(last=b"491231235959Z")),
    changed("utc-50-is-1950", "RFC 5280 4.1.2.5.1", EXPIRED, _between(last=b"501231235959Z")),
    changed("after-2050", "RFC 5280 4.1.2.5.2", OK, _between(last=b"20510101000000Z")),
    changed("no-well-defined-end", "RFC 5280 4.1.2.5", OK, _between(last=b"99991231235959Z")),
    changed(
        "generalized-before-2050",
        "RFC 5280 4.1.2.5",
        OK,
        _between(last=b"20261222120000Z"),
        why="the moment is the same however it is written",
    ),
    changed(
        "before-1970",
        "RFC 5280 4.1.2.5",
        OK,
        _between(b"19010101000000Z"),
        why="as above; that it began long ago is no fault",
    ),
    changed("year-1", "RFC 5280 4.1.2.5", OK, _between(b"00010101000000Z"), why="as above"),
    changed(
        "over-before-1970",
        "RFC 5280 4.1.2.5",
        EXPIRED,
        _between(b"19010101000000Z", b"19490101000000Z"),
    ),
    *(
        changed(f"time-{case}", "RFC 5280 4.1.2.5", MALFORMED, _unreadable(text, tag))
        for case, (text, tag) in _UNREADABLE.items()
    ),
)
