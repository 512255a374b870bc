"""libinjection: called where it is installed, and absent without an error where it is not."""

import pytest

from portcullis.gateway.waf import libinjection as module
from portcullis.gateway.waf.libinjection import injection_matches, libinjection


@pytest.fixture
def engine():
    found = libinjection()
    if found is None:
        pytest.skip("libmodsecurity is not installed")
    return found


@pytest.fixture
def fresh():
    """Forgets what an earlier call found, before the test and after it."""
    libinjection.cache_clear()
    yield
    libinjection.cache_clear()


@pytest.mark.parametrize(
    ("text", "fingerprint"),
    [(b"1' OR '1'='1", b"s&sos"), (b"1--1", b"1c"), (b"a dog", None), (b"", None), (b"\0", None)],
)
def test_a_fingerprint_names_the_first_tokens(engine, text, fingerprint):
    assert engine.sql_fingerprint(text) == fingerprint


@pytest.mark.parametrize(("text", "found"), [(b"<script>x</script>", True), (b"a < b", False)])
def test_a_script_is_found(engine, text, found):
    assert engine.is_cross_site_scripting(text) is found


def test_an_error_counts_as_an_injection(engine, monkeypatch):
    monkeypatch.setattr(engine, "_sqli", lambda *_: -1)
    monkeypatch.setattr(engine, "_xss", lambda *_: -1)
    assert engine.sql_fingerprint(b"a dog") is not None
    assert engine.is_cross_site_scripting(b"a dog")


def test_the_report_names_the_version(engine):
    assert injection_matches() == (
        f"OWASP ModSecurity's libinjection (libmodsecurity {engine.version}) and expressions"
    )


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("error", [ImportError, OSError])
def test_a_missing_package_is_said(monkeypatch, error):
    def missing(_name):
        raise error

    monkeypatch.setattr(module, "import_module", missing)
    assert libinjection() is None
    assert "libmodsecurity is not installed" in injection_matches()


@pytest.mark.usefixtures("fresh")
def test_a_library_without_its_functions_is_not_used(monkeypatch):
    monkeypatch.setattr(module.ctypes, "PyDLL", lambda _path: object())
    monkeypatch.setattr(module, "import_module", lambda _name: module)
    assert libinjection() is None
