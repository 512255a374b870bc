"""Colours a text report for a terminal."""

from rich.style import Style
from rich.text import Text

STYLES = {
    "violated: ": Style(bold=True, color="red"),
    "refused by AWS: ": Style(bold=True, color="red"),
    "advised: ": Style(bold=True, color="yellow"),
    "waived: ": Style(color="cyan"),
    "  fix: ": Style(color="green"),
    "  same check: ": Style(dim=True),
    "  see: ": Style(dim=True),
}


def coloured(report: str) -> Text:
    """The same characters, with each kind of line in its colour."""
    text = Text()
    for line in report.splitlines(keepends=True):
        style = next((style for start, style in STYLES.items() if line.startswith(start)), None)
        text.append(line, style=style)
    return text
