"""Fits text into a width: by words onto lines, or shortened in its middle."""

import re
from collections.abc import Iterator

_PIECE = re.compile(r"[^.\-/:]*[.\-/:]?")  # a name may be broken after these


def shortened(text: str, characters: int) -> str:
    """The text, with an ellipsis in its middle where it is longer."""
    if len(text) <= characters:
        return text
    kept = max(characters - 1, 0)
    end = kept // 2
    return f"{text[: kept - end]}…{text[len(text) - end :]}"


def wrapped(text: str, characters: int, most_lines: int = 3) -> Iterator[str]:
    """Lines of at most so many characters; a longer word is broken, or shortened in the end."""
    lines = list(_lines(text, characters))
    if len(lines) > most_lines:
        rest = "".join(lines[most_lines - 1 :])
        lines = [*lines[: most_lines - 1], shortened(rest, characters)]
    yield from lines


def _lines(text: str, characters: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        gap = " " if line else ""
        for piece in _pieces(word, characters):
            if len(line) + len(gap) + len(piece) > characters:
                yield line
                line, gap = "", ""
            line, gap = f"{line}{gap}{piece}", ""
    if line:
        yield line


def _pieces(word: str, characters: int) -> Iterator[str]:
    if len(word) <= characters:
        yield word
        return
    for piece in _PIECE.findall(word):
        yield from (piece[at : at + characters] for at in range(0, len(piece), characters))
