"""docs/guide/backend.md shows the verification as it runs."""

from pathlib import Path

from portcullis.petstore.verification import REQUIRED_CLAIMS, THUMBPRINT_HEADER

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs/guide/backend.md"


def test_the_code_in_the_guide_is_the_code_that_runs():
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition("```python\n")
    shown, fence, after = rest.partition("```\n")
    source = ROOT / "portcullis/petstore/verification.py"
    assert shown == source.read_text(encoding="utf-8"), f"Copy {source.name} into {GUIDE.name}"
    assert (fence, after) == ("```\n", "")


def test_the_guide_names_every_claim_and_header():
    text, _, _ = GUIDE.read_text(encoding="utf-8").partition("```python\n")
    for name in (*REQUIRED_CLAIMS, THUMBPRINT_HEADER, "X-Request-Id"):
        assert f"`{name}`" in text
