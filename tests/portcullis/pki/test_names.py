"""Names become SANs and file names; whatever is accepted must be safe as both."""

import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from portcullis.errors import ExitCode
from portcullis.pki import names
from portcullis.pki.errors import IdentityError
from portcullis.pki.layout import ClientFiles, PkiLayout

FOLDER = Path("/pki/clients")
CLIENT_IDS = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", fullmatch=True)


def accepted(check, text):
    try:
        return check(text)
    except IdentityError:
        return None


@given(st.text(max_size=80) | st.text(alphabet="a./\\-_:*~ \x00\n", max_size=8))
def test_an_accepted_client_id_stays_in_its_folder(text):
    if accepted(names.client_id, text) is None:
        return
    for path in vars(ClientFiles.below(FOLDER, text)).values():
        assert path.parent == FOLDER
        assert path.resolve() == path
        assert path.name.isascii()
        assert path.name.isprintable()
        assert len(path.name) < 255


@given(st.text(max_size=80) | st.text(alphabet="a0./\\-_:*~%[ \x00\n", max_size=10))
def test_an_accepted_host_stays_in_its_folder(text):
    if accepted(names.host, text) is None:
        return
    layout = PkiLayout(Path("/pki"))
    for path in vars(layout.server(text)).values():
        assert path.parent == Path("/pki/server")
        assert path.resolve() == path
        assert not set(path.name) & set('*:/\\"<>|?%')


@given(st.tuples(CLIENT_IDS, CLIENT_IDS).filter(lambda pair: pair[0] != pair[1]))
def test_two_clients_never_share_a_file(pair):
    first, second = (set(vars(ClientFiles.below(FOLDER, client)).values()) for client in pair)
    assert not first & second


@given(CLIENT_IDS)
def test_every_client_id_has_a_default_san_uri(client):
    assert names.san_uri(names.default_san_uri(client)).value.endswith(f"/client/{client}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "../root",
        "a/b",
        "a\\b",
        "/etc/passwd",
        "-rf",
        ".hidden",
        "pet shop",
        "Pet-Shop",
        "pet-shop\n",
        "pet\x00shop",
        "pét",
        "a" * 65,
        "a.",
    ],
)
def test_a_client_id_that_is_no_plain_file_name_is_refused(text):
    with pytest.raises(IdentityError, match="is not a valid client id") as refused:
        names.client_id(text)
    assert refused.value.exit_code is ExitCode.MISUSE


@given(st.text(max_size=200))
def test_any_text_is_a_san_uri_or_a_clear_refusal(text):
    uri = accepted(names.san_uri, text)
    if uri is not None:
        assert uri.value == text
        assert text.isascii()
        assert " " not in text


@pytest.mark.parametrize(
    "text",
    [
        "spiffe://portcullis.local/client/pet-shop",
        "https://partner.example/services/shop",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    ],
)
def test_a_workload_uri_is_a_san(text):
    assert names.san_uri(text) == x509.UniformResourceIdentifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pet-shop",
        "//portcullis.local/client",
        "spiffe:",
        "spiffe://user@portcullis.local/client",
        "spiffe://user:secret@portcullis.local/client",
        "https://partner.example/?client=1",
        "https://partner.example/#client",
        "spiffe://portcullis.local/pet shop",
        "spiffe://portcullis.local/pét",
        "http://[::1",
        "spiffe://portcullis.local/" + "a" * 2048,
    ],
)
def test_a_uri_that_does_not_name_one_workload_is_refused(text):
    with pytest.raises(IdentityError, match="is not a valid SAN URI"):
        names.san_uri(text)


@pytest.mark.parametrize("text", ["localhost", "shop.partner.example", "xn--bcher-kva.example"])
def test_a_dns_name_is_a_san(text):
    assert names.san_dns(text.upper()) == x509.DNSName(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "-a.example", "a_b.example", "*.example", "bücher.example", "a" * 64, "a.\n"],
)
def test_what_is_no_dns_name_is_refused(text):
    with pytest.raises(IdentityError, match="is not a valid SAN DNS name"):
        names.san_dns(text)


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "2001:db8::7"])
def test_an_address_is_a_host_of_its_own_kind(text):
    assert names.host(text) == x509.IPAddress(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    ("text", "stem"),
    [("localhost", "localhost"), ("*.Example.test", "_.example.test"), ("::1", "--1")],
)
def test_a_host_has_a_file_name_that_any_system_takes(text, stem):
    assert names.host_file_stem(text) == stem


@pytest.mark.parametrize(
    "text",
    ["", "*", "**.a", "a.*.b", "127.1", "256.0.0.1", "a/b", "[::1]", "fe80::1%eth0", "::%../../x"],
)
def test_what_is_no_host_is_refused(text):
    with pytest.raises(IdentityError, match="is not a valid host"):
        names.host(text)


@pytest.mark.parametrize("text", ["", " ", "a" * 65, "Pet\nShop", "\x1b[31m"])
def test_an_organization_that_fits_no_subject_is_refused(text):
    with pytest.raises(IdentityError, match="is not a valid organization"):
        names.organization(text)


def test_a_refusal_shows_a_long_name_cut():
    with pytest.raises(IdentityError) as refused:
        names.client_id("x" * 5000)
    assert len(str(refused.value)) < 300
