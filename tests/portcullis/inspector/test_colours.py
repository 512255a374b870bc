"""Every colour of the page has the contrast of WCAG 2.2, level AA, in both schemes."""

import re

import pytest

from portcullis.inspector.server import PAGE

STYLES = (PAGE / "inspector.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLES, re.DOTALL)
)
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
TEXT, GRAPHIC = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11

# Text on its grounds, as the rules of the stylesheet combine them.
PAIRS = (
    *((ink, ground) for ink in ("text", "quiet") for ground in ("ground", "surface", "raised")),
    *((ink, "accent-ground") for ink in ("text", "accent", "bad")),
    *((ink, f"{ink}-ground") for ink in ("good", "bad", "warn")),
    *((ink, "surface") for ink in ("good", "bad", "accent")),
    *(("text", f"{ground}-ground") for ground in ("good", "bad")),
    ("bad", "raised"),
    ("surface", "bad"),
    ("surface", "text"),
)


def luminance(colour):
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_says():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@SCHEMES
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(colours, ink, ground):
    assert contrast(colours[ink], colours[ground]) >= TEXT


@SCHEMES
def test_the_colours_of_the_gates_can_be_told_from_the_ground(colours):
    gates = {name: colour for name, colour in colours.items() if name.startswith("gate-")}
    assert len(gates) == 13
    for ground in ("surface", "accent-ground"):
        low = {
            name for name, colour in gates.items() if contrast(colour, colours[ground]) < GRAPHIC
        }
        assert low == set(), ground


def test_both_schemes_have_the_same_colours():
    assert set(LIGHT) == set(DARK)


def test_no_rule_has_a_colour_of_its_own():
    rules = STYLES.partition(".gate-tls {")[2]
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == []
