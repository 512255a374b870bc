"""The page: every system, this client, this host, and nothing from elsewhere."""

import html
import re
from dataclasses import replace

import pytest

from portcullis.pki import facts
from portcullis.pki.kit import page
from portcullis.pki.kit.address import ApiAddress

URL = "https://api.example.com/pets?limit=5&page=2"
SYSTEMS = (
    *("curl", "windows", "macos", "ios", "android", "firefox", "chromium", "python", "node", "go"),
    *("java", "dotnet", "postman"),
)


@pytest.fixture
def shown(kit):
    return (kit.folder / "README.html").read_text(encoding="utf-8")


def section(shown, system):
    return shown.partition(f'<h2 id="{system}">')[2].partition("<h2 ")[0]


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_has_its_steps_with_the_url_of_this_api(shown, system):
    text = section(shown, system)
    assert html.escape(URL) in text
    assert f'href="#{system}"' in shown


def test_every_file_that_it_names_is_in_the_kit(kit, shown):
    named = set(re.findall(r"\b(?:pet-shop|chain|programs/[Cc]all)\.[\w.]*\w", shown))
    made_by_a_step = {"pet-shop.key"}
    for name in named - made_by_a_step:
        assert (kit.folder / name).is_file(), name
    assert {f"pet-shop.{kind}" for kind in ("pfx", "legacy.pfx", "mobileconfig")} <= named


def test_it_loads_nothing(shown):
    assert "default-src 'none'" in shown
    assert re.findall(r"<(?:script|img|link|iframe|object)\b|url\(|@import|\bsrc=", shown) == []
    assert set(re.findall(r'href="([^#"][^"]*)"', shown)) == {html.escape(URL)}


def test_it_names_the_certificate(kit, shown):
    described = facts.of(kit.credential.certificate)
    assert described.fingerprint in shown
    assert f"{described.not_after:%Y-%m-%d}" in shown


def test_values_are_escaped(kit):
    described = replace(facts.of(kit.credential.certificate), subject="CN=<b>&$host")
    shown = page.render("pet-shop", ApiAddress(host="api.example.com"), described)
    assert "CN=&lt;b&gt;&amp;$host" in shown
    assert "<b>" not in shown


def test_only_a_private_server_authority_is_passed_to_the_commands(kit):
    described = facts.of(kit.credential.certificate)
    host = "localhost:8443"
    public = page.render("pet-shop", ApiAddress(host=host), described)
    private = page.render("pet-shop", ApiAddress(host=host, server_ca=b"pem"), described)
    assert "server-ca.pem" not in public
    assert " --cacert server-ca.pem " in section(private, "curl")
    for system in ("python", "node", "go", "java"):
        assert " CA=server-ca.pem " in section(private, system)
