"""The command to paste is one line that a shell reads as it was meant, without secrets."""

import asyncio
import itertools
import shlex

import pytest

from portcullis.gateway.exchange import Endpoint
from tests.portcullis.gateway.fakes import make_certificate
from tests.portcullis.gateway.graphs import DOMAIN

HOSTILE = 'it\'s $(reboot) `x` "y" \\ ; & | <b> !'


def words(watched, *call, **changes):
    asyncio.run(watched.call(*call, **changes))
    line = watched.last()["curl"]
    assert "\n" not in line
    return shlex.split(line)


def after(found, option):
    return [value for name, value in itertools.pairwise(found) if name == option]


def test_a_call_can_be_repeated_with_the_clients_files(watched, tmp_path):
    found = words(watched, "/pets?limit=2", headers=(("X-Tenant", "north"),))
    assert found[0] == "curl"
    assert after(found, "--cert") == [str(tmp_path / "pet shop.pem")]
    assert after(found, "--key") == ["/pki/pet shop.key"]
    assert after(found, "--cacert") == ["/pki/ca.pem"]
    assert after(found, "--resolve") == [f"{DOMAIN}:8443:127.0.0.1"]
    assert "X-Tenant: north" in after(found, "--header")
    assert found[-1] == f"https://{DOMAIN}:8443/pets?limit=2"


def test_an_unknown_certificate_has_placeholders(watched):
    found = words(watched, certificate=make_certificate("stranger"))
    assert after(found, "--cert") + after(found, "--key") == ["CLIENT.pem", "CLIENT.key"]


def test_a_call_without_a_certificate_presents_none(watched):
    found = words(watched, "/test/pets", endpoint=Endpoint.DEFAULT)
    assert "--cert" not in found
    assert found[-1] == "https://localhost:8444/test/pets"


def test_method_and_body_are_those_of_the_call(watched):
    found = words(watched, method="PUT", body=b"SECRET-BODY")
    assert after(found, "--request") == ["PUT"]
    assert after(found, "--data-binary") == ["@BODY"]
    assert "SECRET-BODY" not in str(found)
    assert "--request" not in words(watched, method="POST", body=b"x")
    assert "--head" in words(watched, method="HEAD")


@pytest.mark.parametrize("where", ["header", "path", "host"])
def test_hostile_text_is_one_word(watched, where):
    if where == "header":
        found = words(watched, headers=(("X-Note", HOSTILE), ("X-Empty", "")))
        assert f"X-Note: {HOSTILE}" in found
        assert "X-Empty;" in found
    elif where == "path":
        found = words(watched, "/pets/';reboot;'$(x)`y`")
        assert found[-1].endswith("/pets/';reboot;'$(x)`y`")
    else:
        assert f"Host: {HOSTILE}" in words(watched, host=HOSTILE)


def test_secrets_are_cut(watched):
    sent = (("Authorization", "Bearer abcdef"), ("X-Api-Key", "k"), ("Cookie", "s=1"))
    found = after(words(watched, "/pets?token=abcdef", headers=sent), "--header")
    assert [h for h in found if "[cut]" in h] == [
        "Authorization: Bearer [cut]",
        "X-Api-Key: [cut]",
        "Cookie: [cut]",
    ]
    assert "abcdef" not in watched.last()["curl"]
