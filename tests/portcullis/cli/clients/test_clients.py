"""`portcullis clients` as a group: arguments that make no sense together."""

import pytest

from tests.portcullis.cli.clients.running import FILE, refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "new", "--scope", "pets:read"], "--san-uri spiffe://portcullis.local/client/new"),
        (["add", "new", "--scope", "pets:eat", "--san-uri", "x:y"], "pets:eat"),
        (["add", "new", "--scope", "pets:read", "--san-uri", "x:y", "--pin"], "--certificate"),
        (["add", "pet-shop", "--scope", "pets:read", "--san-uri", "x:y"], "already"),
        (["suspend", "nobody"], "'nobody' does not exist"),
        (["resume", "nobody"], "'nobody' does not exist"),
        (["revoke"], "Name a CLIENT, or one certificate"),
        (["revoke", "pet-shop", "--thumbprint", "t" * 43], "Name a CLIENT, or one certificate"),
        (["revoke", "pet-shop", "--reason", "theft"], "--reason goes with a certificate"),
        (["unrevoke"], "Name a CLIENT, or one certificate"),
        (["unrevoke", "pet-shop"], "not revoked, but active"),
        (["unrevoke", "--thumbprint", "t" * 43], "not revoked here"),
        (["revoke", "--thumbprint", "short"], "43"),
        (["revoke", "--thumbprint", "t" * 43, "--serial-number", "1"], "Name a CLIENT"),
        (["list", "--file", "missing.yaml"], "missing.yaml"),
        (["list", "--stack", "nope"], "no clients.nope.yaml in"),
        (["list", "--stack", "nope"], "Here: clients.local.yaml."),
        (["revoke", "--certificate", "clients.local.yaml"], "must hold a certificate in PEM"),
        (["list", "--file", "a", "--table", "b"], "Choose one of them"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_makes_no_sense_is_refused(registry, arguments, message):
    assert message in refused(*arguments)
    assert registry.read_text() == FILE
