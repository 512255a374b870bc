"""The lines to paste reach a gateway on this machine under any domain."""

from types import SimpleNamespace

from portcullis.cli.curl_lines import curl_lines, short_path

FILES = {"certificate": "/p/a.pem", "key": "/p/a.key"}


def reachable(domain, *clients):
    return SimpleNamespace(
        gateway=f"https://{domain}:8443",
        domain=domain,
        ca="/p/ca.pem",
        clients=dict.fromkeys(clients, FILES),
    )


def calls(text):
    return [line for line in text.splitlines() if "curl" in line]


def test_localhost_needs_no_resolve():
    text = curl_lines(reachable("localhost", "pet-shop", "stranger"))
    assert "--resolve" not in text
    assert len(calls(text)) == 2


def test_another_domain_is_resolved_to_this_machine():
    for line in calls(curl_lines(reachable("api.example.com", "pet-shop", "stranger"))):
        assert "--resolve api.example.com:8443:127.0.0.1 https://api.example.com:8443/pets" in line


def test_with_the_unregistered_client_alone_there_is_only_a_refused_call():
    text = curl_lines(reachable("localhost", "stranger"))
    assert "Call it" not in text
    assert len(calls(text)) == 1


def test_a_path_below_the_working_directory_is_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert short_path(str(tmp_path / "pki" / "ca.pem")) == "pki/ca.pem"
    assert short_path("/elsewhere/ca.pem") == "/elsewhere/ca.pem"
