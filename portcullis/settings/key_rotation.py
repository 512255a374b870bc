"""The order and the waiting times of a signing key's rotation.

A backend knows the keys that it fetched from the key set's route, for as long as that answer may be
kept; a token is good until it expires. So a key is published before it signs, and published on
until the last token that it signed has expired.
Source: RFC 7517 section 5; RFC 9111 section 5.2.2.1.
"""

import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# components/api_body.py sends this with the key set (a test compares them).
JWKS_MAX_AGE_SECONDS = 300


class Step(StrEnum):
    PUBLISH = "publish"
    SIGN = "sign"
    RETIRE = "retire"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What a stack's settings say: every label is published, one signs."""

    published: tuple[str, ...]
    signer: str
    token_life_seconds: int
    authorizer_cache_seconds: int

    @property
    def next_step(self) -> Step:
        if len(self.published) == 1:
            return Step.PUBLISH
        return Step.SIGN if self.signer == self.published[0] else Step.RETIRE

    @property
    def wait(self) -> timedelta:
        """Between the end of the last step's deploy and the next step."""
        seconds = {
            Step.PUBLISH: 0,
            Step.SIGN: JWKS_MAX_AGE_SECONDS,
            Step.RETIRE: self.token_life_seconds + self.authorizer_cache_seconds,
        }
        return timedelta(seconds=seconds[self.next_step])

    def after(self, step: Step) -> "Keys":
        old, new = self.published[0], self.published[-1]
        changed = {
            Step.PUBLISH: ((old, following(old)), old),
            Step.SIGN: ((old, new), new),
            Step.RETIRE: ((new,), new),
        }
        published, signer = changed[step]
        return Keys(
            published=published,
            signer=signer,
            token_life_seconds=self.token_life_seconds,
            authorizer_cache_seconds=self.authorizer_cache_seconds,
        )

    def safe_at(self, deployed: datetime) -> datetime:
        return deployed + self.wait


def following(label: str) -> str:
    """A label that was not used lately: b after a, aa after z, k2 after k1."""
    head, last = label[:-1], label[-1]
    if last.isdigit():
        digits = len(label) - len(label.rstrip(string.digits))
        stem, number = label[: len(label) - digits], int(label[-digits:])
        return f"{stem}{number + 1}"[-10:]
    if last == "z":
        return (f"{following(head)}a" if head else "aa")[-10:]
    return head + chr(ord(last) + 1)
