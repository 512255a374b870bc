"""Searches of the injection detectors, with libinjection and without it."""

import pytest

from portcullis.gateway.waf import injection
from portcullis.gateway.waf.libinjection import libinjection


@pytest.fixture(params=["libinjection", "expressions alone"])
def search(request, monkeypatch):
    """Searches a text with a detector, without what it remembers."""
    if request.param == "expressions alone":
        monkeypatch.setattr(injection, "libinjection", lambda: None)
    elif libinjection() is None:
        pytest.skip("libmodsecurity is not installed")
    return lambda detector, text: detector._search(text.encode())
