"""Bar charts as SVG: a few rectangles need no plotting library."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, LABEL, VALUE, LINE, TITLE = 760, 200, 90, 24, 38


class Bar(NamedTuple):
    label: str
    value: float
    text: str


def bars(charts: Mapping[str, Sequence[Bar]]) -> str:
    """One chart under the other, each on its own scale from zero."""
    shapes: list[str] = []
    y = 0
    for title, rows in charts.items():
        y += TITLE
        shapes.append(f'<text x="8" y="{y - 12}" font-weight="bold">{escape(title)}</text>')
        longest = max(bar.value for bar in rows) or 1
        for bar in rows:
            width = (WIDTH - LABEL - VALUE) * bar.value / longest
            shapes += [
                f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(bar.label)}</text>',
                f'<rect x="{LABEL}" y="{y + 2}" width="{width:.1f}" height="16" fill="#3b6ea5"/>',
                f'<text x="{LABEL + width + 6:.1f}" y="{y + 14}">{escape(bar.text)}</text>',
            ]
            y += LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" '
        'font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{y + 8}" fill="#fff"/>\n' + "\n".join(shapes) + "\n</svg>\n"
    )
