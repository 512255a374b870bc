"""The lines to paste reach a gateway on this machine under any domain."""

import shlex
from types import SimpleNamespace

from portcullis.cli.curl_lines import curl_lines, short_path
from portcullis.laptop.example_call import ExampleCall

FILES = {"certificate": "/p/a.pem", "key": "/p/a.key"}


LIST = ExampleCall(path="/orders", headers={})


def reachable(domain, *clients, example=LIST):
    return SimpleNamespace(
        gateway=f"https://{domain}:8443",
        domain=domain,
        ca="/p/ca.pem",
        clients=dict.fromkeys(clients, FILES),
        example=example,
    )


def calls(text):
    return [line for line in text.splitlines() if "curl" in line]


def test_localhost_needs_no_resolve():
    text = curl_lines(reachable("localhost", "shop", "stranger"))
    assert "--resolve" not in text
    assert len(calls(text)) == 2


def test_another_domain_is_resolved_to_this_machine():
    for line in calls(curl_lines(reachable("api.example.com", "shop", "stranger"))):
        assert (
            "--resolve api.example.com:8443:127.0.0.1 https://api.example.com:8443/orders" in line
        )


def test_with_the_unregistered_client_alone_there_is_only_a_refused_call():
    text = curl_lines(reachable("localhost", "stranger"))
    assert "Call it" not in text
    assert len(calls(text)) == 1


def test_headers_and_query_survive_the_shell():
    example = ExampleCall(path="/orders?a=1&b=2", headers={"X-Tenant": "it's me"})
    (line, _) = calls(curl_lines(reachable("localhost", "shop", "stranger", example=example)))
    words = shlex.split(line)
    assert words[-3:] == ["-H", "X-Tenant: it's me", "https://localhost:8443/orders?a=1&b=2"]


def test_without_a_call_to_show_only_the_refusal_is_shown():
    text = curl_lines(reachable("localhost", "shop", "stranger", example=None))
    assert "Call it" not in text
    assert len(calls(text)) == 1


def test_a_path_below_the_working_directory_is_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert short_path(str(tmp_path / "pki" / "ca.pem")) == "pki/ca.pem"
    assert short_path("/elsewhere/ca.pem") == "/elsewhere/ca.pem"
