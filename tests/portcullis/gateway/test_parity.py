"""The page about the gateway's reach is the one that its tables give."""

from pathlib import Path

from portcullis.gateway import parity

PAGE = Path(__file__).parents[3] / "docs" / "gateway-parity.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == parity.render(), (
        "Run: python -m portcullis.gateway.parity > docs/gateway-parity.md"
    )
