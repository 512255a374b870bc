"""Checks of one value: each returns the problem with it, or None."""

import re
from difflib import get_close_matches

from portcullis.settings.setting import TWICE, Check, Problem


def matches(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda text: (
        None if compiled.fullmatch(text) else Problem(because="it is not of that form")
    )


def optional(check: Check) -> Check:
    return lambda text: check(text) if text else None


def between(low: int, high: int) -> Check:
    def check(number: int) -> Problem | None:
        if number < low:
            return Problem(because=f"it is below {low:,}")
        return Problem(because=f"it is above {high:,}") if number > high else None

    return check


def one_of(allowed: tuple[int, ...]) -> Check:
    return lambda number: None if number in allowed else Problem(because="it is not in the list")


def file(path: str) -> Problem | None:
    if any(ord(character) < ord(" ") for character in path):
        return Problem(because="it contains a control character")
    return None if path.strip() == path else Problem(because="it begins or ends with a space")


def listed(allowed: tuple[str, ...]) -> Check:
    def check(names: tuple[str, ...]) -> Problem | None:
        for index, name in enumerate(names):
            if name in names[:index]:
                return TWICE.at(index)
            if name not in allowed:
                unused = [other for other in allowed if other not in names]
                near = get_close_matches(name, unused, n=1, cutoff=0)
                return Problem(
                    because="it is not known",
                    index=index,
                    suggestion=near[0] if near else None,
                    surplus=not near,
                )
        return None

    return check


def each(pattern: str, *, least: int, most: int) -> Check:
    compiled = re.compile(pattern)

    def check(texts: tuple[str, ...]) -> Problem | None:
        for index, text in enumerate(texts):
            if text in texts[:index]:
                return TWICE.at(index)
            if not compiled.fullmatch(text):
                return Problem(because="it is not of that form", index=index)
        if len(texts) > most:
            return Problem(because=f"there are more than {most}", index=most, surplus=True)
        return Problem(because="it is empty", index=0) if len(texts) < least else None

    return check


def not_empty(check: Check) -> Check:
    return lambda text: check(text) if text else Problem(because="it is empty")
