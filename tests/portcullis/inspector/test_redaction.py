"""Secrets are cut by name, and tokens wherever they stand."""

import pytest

from portcullis.inspector import redaction
from tests.portcullis.inspector.inspected import SIGNATURE, TOKEN

SECRET = "s3cr3t-v4lue"


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key", "x-apikey",
     "X-Auth", "X-Amz-Security-Token", "X-Client-Secret", "X-Password", "X-Session-Id",
     "X-Signature", "DPoP-Assertion", "X-Authorisation", "X-Authorizer-Key"],
)  # fmt: skip
def test_a_header_with_the_name_of_a_secret_is_cut(name):
    assert redaction.headers(((name, SECRET),)) == [[name, "[cut]"]]


def test_the_scheme_of_a_credential_stays():
    assert redaction.named("Authorization", f"Bearer {SECRET}") == "Bearer [cut]"
    assert redaction.named("Authorization", f"{SECRET} Bearer x") == "[cut]"


@pytest.mark.parametrize(
    ("name", "value"),
    [("Accept", "*/*"), ("X-Tenant", "north"), ("x-amzn-ErrorType", "UnauthorizedException"),
     ("WWW-Authenticate", 'Bearer realm="pets"'), ("X-Forwarded-For", "192.0.2.1"),
     (":authority", "api.example.com")],
)  # fmt: skip
def test_other_headers_stay(name, value):
    assert redaction.named(name, value) == value


@pytest.mark.parametrize(
    "written",
    [f"/pets/{TOKEN}", f"/a/{TOKEN.replace('.', '%2E')}/b", f"/pets?q={TOKEN}", f"/x;{TOKEN}",
     f"/pets?q=a%20{TOKEN}", "/pets?%65yJhbGciOiJub25lIn0=1&x=" + TOKEN],
)  # fmt: skip
def test_a_token_in_a_path_or_query_is_cut(written):
    shown = redaction.target(written)
    assert SIGNATURE not in shown
    assert TOKEN[:60] not in shown
    assert "cut]" in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"/pets?access_token={SECRET}", "/pets?access_token=[cut]"),
        (f"/pets?limit=2&%61pi_key={SECRET}", "/pets?limit=2&%61pi_key=[cut]"),
        (f"/cb?code={SECRET}&state=1", "/cb?code=[cut]&state=1"),
        ("/reset/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "/reset/9f86[cut]"),
        ("/pets?q=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "/pets?q=9f86[cut]"),
        (f"/pets;token={SECRET}/x", "/pets;token=[cut]"),
        ("/pets;v=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b/x", "/pets;v=9f86[cut]/x"),
        (f"https://a/cb#access_token={SECRET}&n=1", "https://a/cb#access_token=[cut]&n=1"),
        (f"https://me:{SECRET}@a.example/x", "https://[cut]@a.example/x"),
        ("/pets?9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "/pets?9f86[cut]"),
    ],
)
def test_a_secret_in_a_path_or_query_is_cut(written, shown):
    assert redaction.target(written) == shown


@pytest.mark.parametrize(
    "written",
    ["/pets/7", "/pets?limit=20", "/pets/0b1c2d3e-4f50-4161-8a7b-9c0d1e2f3a4b", "/",
     "/a%2Fb?x=%E2%82%AC", "/a-long-word-with-hyphens-and-no-digit-at-all",
     "/books?author=Eco&authorId=7"],
)  # fmt: skip
def test_an_ordinary_path_stays_as_it_was_sent(written):
    assert redaction.target(written) == written


def test_an_address_in_a_header_is_read_as_one():
    shown = redaction.named("Location", f"https://a.example/cb?code={SECRET}&x=1")
    assert shown == "https://a.example/cb?code=[cut]&x=1"
