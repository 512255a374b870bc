"""Checks of one value: each returns the problem with it, or None.

A problem suggests a value that means the same and is accepted, where there is one.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from os.path import commonprefix

from portcullis.settings.setting import TWICE, Check, Problem

Respell = Callable[[str], str]
SIMILAR = 0.75  # of 1: below it, a name is taken for another name and not for a typing error


def matches(pattern: str, *respell: Respell) -> Check:
    """The whole text has this form; a suggestion comes from case, spaces or ``respell``."""
    compiled = re.compile(pattern)

    def check(text: str) -> Problem | None:
        if compiled.fullmatch(text):
            return None
        return Problem(
            because="it is not of that form",
            suggestion=first_accepted(
                text, lambda other: bool(compiled.fullmatch(other)), *respell
            ),
        )

    return check


def first_accepted(text: str, accepts: Callable[[str], bool], *respell: Respell) -> str | None:
    """The first other spelling of the text that is accepted."""
    for each_respell in (str.strip, *respell, str.lower, str.upper):
        candidate = each_respell(text.strip())
        if accepts(candidate):
            return candidate
    return None


def optional(check: Check) -> Check:
    return lambda text: check(text) if text else None


def not_empty(check: Check) -> Check:
    return lambda text: check(text) if text else Problem(because="it is empty")


def between(low: int, high: int) -> Check:
    def check(number: int) -> Problem | None:
        if number < low:
            return Problem(because=f"it is below {low:,}", suggestion=str(low))
        if number > high:
            return Problem(because=f"it is above {high:,}", suggestion=str(high))
        return None

    return check


def one_of(allowed: tuple[int, ...]) -> Check:
    def check(number: int) -> Problem | None:
        if number in allowed:
            return None
        nearest = min(allowed, key=lambda other: abs(other - number))
        return Problem(because="it is not in the list", suggestion=str(nearest))

    return check


def file(path: str) -> Problem | None:
    if any(ord(character) < ord(" ") for character in path):
        return Problem(because="it contains a control character")
    if path.strip() != path:
        return Problem(because="it begins or ends with a space", suggestion=path.strip() or None)
    return None


def listed(allowed: tuple[str, ...]) -> Check:
    def check(names: tuple[str, ...]) -> Problem | None:
        for index, name in enumerate(names):
            if name in names[:index]:
                return TWICE.at(index)
            if name not in allowed:
                near = nearest_name(name, [other for other in allowed if other not in names])
                return Problem(
                    because="it is not known", index=index, suggestion=near, surplus=near is None
                )
        return None

    return check


def nearest_name(name: str, allowed: list[str]) -> str | None:
    """The allowed name that was most likely meant, without regard to case."""
    meant = name.strip().lower()
    # Without what all names begin with: AWSManagedRules says nothing about which group was meant.
    shared = len(commonprefix([meant, *map(str.lower, allowed)]))  # noqa: RUF071 - no paths
    by_rest = {other[shared:].lower(): other for other in allowed}
    near = get_close_matches(meant[shared:], by_rest, n=1, cutoff=SIMILAR)
    return by_rest[near[0]] if near else None


def each(pattern: str, *, least: int, most: int) -> Check:
    check_one = matches(pattern)

    def check(texts: tuple[str, ...]) -> Problem | None:
        for index, text in enumerate(texts):
            if text in texts[:index]:
                return TWICE.at(index)
            if problem := check_one(text):
                return problem.at(index)
        if len(texts) > most:
            return Problem(because=f"there are more than {most}", index=most, surplus=True)
        return Problem(because="it is empty", index=0) if len(texts) < least else None

    return check
