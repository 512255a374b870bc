"""The order and the waiting times of a signing key's rotation.

A backend may keep the key set for as long as its cache headers allow, and a token is valid until it
expires. So a key is published before it signs, and stays published until the last token that it
signed has expired.
Source: RFC 7517 section 5; RFC 9111 section 5.2.2.1.
"""

import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

from portcullis.errors import MisuseError, PortcullisError
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.stack_file import Value, change, note_of

# components/api_body.py sends this with the key set (a test compares them).
JWKS_MAX_AGE_SECONDS = 300
MARK = "portcullis keys:"  # of the comment that says when the last step was written


class RotationStep(StrEnum):
    PUBLISH = "publish"
    SIGN = "sign"
    RETIRE = "retire"


class TooEarlyError(PortcullisError):
    """The step is the right one, but valid calls would fail if it were taken now."""

    def __init__(self, step: RotationStep, since: datetime, safe_at: datetime) -> None:
        super().__init__(
            f"Too early to {step}: {_WHY[step]} The last step was written {utc_text(since)}; run "
            f"this again after {utc_text(safe_at)}. Count from the end of its `pulumi up`, if that "
            "was later."
        )


class UnknownTimeError(MisuseError):
    """The stack file does not say when the last step took place."""

    def __init__(self, path: Path, step: RotationStep, wait: timedelta) -> None:
        super().__init__(
            f"{path} does not say when the last step of this rotation was written, and the next "
            f"one ({step}) needs {minutes(wait)} between them. Look up when the `pulumi up` of "
            "the last step ended, and run: portcullis keys rotate --deployed "
            "2026-01-31T12:00:00Z"
        )


@dataclass(frozen=True, kw_only=True)
class RotationState:
    """The signing keys of a stack's settings: every label is published, one signs."""

    published: tuple[str, ...]
    signer: str
    token_life_seconds: int
    authorizer_cache_seconds: int

    @classmethod
    def of(cls, settings: AuthorizerSettings) -> Self:
        return cls(
            published=settings.signing_keys,
            signer=settings.signer,
            token_life_seconds=settings.token_life_seconds,
            authorizer_cache_seconds=settings.authorizer_cache_seconds,
        )

    @property
    def next_step(self) -> RotationStep:
        if len(self.published) == 1:
            return RotationStep.PUBLISH
        is_old = self.signer == self.published[0]
        return RotationStep.SIGN if is_old else RotationStep.RETIRE

    @property
    def wait(self) -> timedelta:
        """Between the end of the last step's deploy and the next step."""
        seconds = {
            RotationStep.PUBLISH: 0,
            RotationStep.SIGN: JWKS_MAX_AGE_SECONDS,
            RotationStep.RETIRE: self.token_life_seconds + self.authorizer_cache_seconds,
        }
        return timedelta(seconds=seconds[self.next_step])

    @property
    def after(self) -> Self:
        """The state that the next step leads to."""
        old, new = self.published[0], self.published[-1]
        published, signer = {
            RotationStep.PUBLISH: ((old, following(old)), old),
            RotationStep.SIGN: ((old, new), new),
            RotationStep.RETIRE: ((new,), new),
        }[self.next_step]
        return replace(self, published=published, signer=signer)

    def safe_at(self, deployed: datetime) -> datetime:
        return deployed + self.wait


def write_next_step(
    file: Path, state: RotationState, *, now: datetime, deployed: datetime | None
) -> RotationState:
    """Write the next step of the rotation into the stack file, and return the new state.

    Args:
        file: the stack file.
        state: the settings before the step.
        now: the time that is noted beside the step.
        deployed: when the deploy of the last step ended, where that is known.

    Raises:
        TooEarlyError: valid calls would fail.
        UnknownTimeError: neither the file nor ``deployed`` gives the time of the last step.
        StackFileError: the file is written in a form that cannot be changed safely.
    """
    step, after = state.next_step, state.after
    if step is not RotationStep.PUBLISH:
        _require_time(file, state, now, deployed)
    key = AuthorizerSettings.key
    changes: dict[str, Value] = {key("signing_keys"): after.published}
    changes[key("signing_key")] = after.signer if len(after.published) > 1 else None
    notes = {
        RotationStep.PUBLISH: f"{after.published[-1]} published {utc_text(now)}",
        RotationStep.SIGN: f"{after.signer} signs since {utc_text(now)}",
        RotationStep.RETIRE: None,
    }
    change(file, changes, note=notes[step], mark=MARK)
    return after


def last_step_time(file: Path) -> datetime | None:
    """When the last step was written, from the comment beside it."""
    words = (note_of(file, MARK) or "").split()
    try:
        return in_utc(datetime.fromisoformat(words[-1])) if words else None
    except ValueError:
        return None


def _require_time(
    file: Path, state: RotationState, now: datetime, deployed: datetime | None
) -> None:
    """The step is written before its deploy ends, so the later of both times counts."""
    known = [time for time in (last_step_time(file), deployed) if time is not None]
    if not known:
        raise UnknownTimeError(file, state.next_step, state.wait)
    since = max(known)
    if since > now:
        raise MisuseError(f"{utc_text(since)} is in the future. Check this machine's clock.")
    if now < state.safe_at(since):
        raise TooEarlyError(state.next_step, since, state.safe_at(since))


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


def in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def utc_text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minutes(wait: timedelta) -> str:
    whole, seconds = divmod(int(wait.total_seconds()), 60)
    parts = [f"{whole} minutes"] if whole else []
    return " ".join([*parts, f"{seconds} seconds"] if seconds else parts) or "no time"


_WHY = {
    RotationStep.SIGN: "backends may still use a key set without the new key, and would refuse its "
    "tokens.",
    RotationStep.RETIRE: "tokens that the old key signed are still valid.",
}
