"""Which revocation lists are used, and which are refused."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.registry.revocation_lists import verified as crls
from portcullis.registry.revocation_lists.verified import CrlError
from tests.authorizer import surgery
from tests.authorizer.lists import CA_USAGE, DAY, authority, scope, signed, spki
from tests.authorizer.making import NOW, name, rsa_key


@pytest.fixture
def loaded(tmp_path):
    def load(*lists, issuers=None, encoding=Encoding.PEM, now=NOW):
        path = tmp_path / "crl.pem"
        path.write_bytes(b"".join(one.public_bytes(encoding) for one in lists))
        return crls.load(path, issuers or [authority()], now=now)

    return load


def test_a_list_in_der_is_read_too(loaded):
    (found,) = loaded(signed(5), encoding=Encoding.DER)
    assert (found.number, list(found.serial_numbers())) == (7, ["5"])


def part(*uris, **changes):
    return scope(full_name=[x509.UniformResourceIdentifier(uri) for uri in uris], **changes)


PART = scope(only_contains_attribute_certs=True)


OF_ANOTHER_ISSUER = x509.CertificateIssuer([x509.DirectoryName(name(CN="Other CA"))])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: signed(issuer=name(CN="Other CA")), "not in the truststore"),
        (lambda: signed(key=rsa_key()), "not signed by that issuer"),
        (lambda: signed(number=None), "no CRL number"),
        (lambda: signed(number=1 << 160), "more than 20 octets"),
        (lambda: signed(next_update=NOW), "overdue"),
        (
            lambda: signed(this_update=NOW + DAY / 2),
            "is not valid yet",
        ),
        (lambda: signed(extra=(PART,)), "is not a complete list"),
        (lambda: signed(extra=(PART,), critical=False), "is not a complete list"),
        (lambda: signed(extra=(x509.DeltaCRLIndicator(6),)), "is not a complete list"),
        (
            lambda: signed(extra=(x509.DeltaCRLIndicator(6),), critical=False),
            "is not a complete list",
        ),
        (
            lambda: signed(4, 5, extra_of_entries=(OF_ANOTHER_ISSUER,)),
            r"critical extension 2\.5\.29\.29",
        ),
    ],
    ids=[
        "stranger",
        "forged",
        "no number",
        "huge number",
        "overdue",
        "future",
        "partial",
        "partial, not critical",
        "delta",
        "delta, not critical",
        "indirect",
    ],
)
def test_a_list_that_cannot_be_relied_on_is_refused(loaded, made, message):
    with pytest.raises(CrlError, match=message):
        loaded(made())


def test_an_issuer_that_may_not_sign_lists_is_refused(loaded):
    with pytest.raises(CrlError, match="not signed by that issuer"):
        loaded(signed(), issuers=[authority(usage=CA_USAGE | {"crl_sign": False})])


def test_a_file_of_thousands_of_lists_is_refused(loaded):
    with pytest.raises(CrlError, match="has 1,001 lists, but at most 1,000"):
        crls.parse("lists.pem", crls.PEM_START * 1001)


def test_two_lists_of_one_issuer_are_refused(loaded):
    with pytest.raises(CrlError, match="two lists of one issuer"):
        loaded(signed(), signed(5, number=8))


# An authority that renewed its key under its old name, as many do.
RENEWED = authority(key=rsa_key(), signer=rsa_key())


@pytest.mark.parametrize("present", ["old", "new"])
def test_a_key_without_a_list_is_refused(loaded, present):
    """Its list would not be missed, and whom it revokes would be let in."""
    one = signed(5) if present == "old" else signed(6, key=rsa_key())
    with pytest.raises(CrlError, match="signed no list here"):
        loaded(one, issuers=[authority(), RENEWED])


def test_a_key_that_can_have_signed_no_good_certificate_needs_no_list(loaded):
    ended = authority(key=rsa_key(), signer=rsa_key(), not_after=NOW - DAY / 2)
    again = authority(not_after=NOW + 2 * DAY)  # the same key, for longer
    silent = authority(key=rsa_key(), signer=rsa_key(), usage=CA_USAGE | {"crl_sign": False})
    (found,) = loaded(signed(5), issuers=[authority(), ended, again, silent])
    assert list(found.serial_numbers()) == ["5"]


def test_a_list_may_be_overdue_by_the_grace_and_no_longer(tmp_path):
    path = tmp_path / "crl.pem"
    path.write_bytes(signed(5, next_update=NOW - DAY / 24).public_bytes(Encoding.PEM))
    assert crls.load(path, [authority()], now=NOW, grace=DAY / 12)
    for grace in (DAY / 24, DAY / 48):
        with pytest.raises(CrlError, match="overdue"):
            crls.load(path, [authority()], now=NOW, grace=grace)


def test_a_grace_lets_in_no_list_from_the_future(tmp_path):
    path = tmp_path / "crl.pem"
    path.write_bytes(signed(this_update=NOW + DAY / 24).public_bytes(Encoding.PEM))
    with pytest.raises(CrlError, match="is not valid yet"):
        crls.load(path, [authority()], now=NOW, grace=DAY)


def test_an_entry_may_say_why(loaded):
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    (found,) = loaded(signed(5, extra_of_entries=(reason,), critical=False))
    assert list(found.serial_numbers()) == ["5"]


def _number_twice(fields):
    extensions = fields[-1][0]
    extensions.inside.append(extensions[0])


def _number_that_is_null(fields):
    fields[-1][0][0][1].content = b"\x05\x00"


def _name_that_is_no_text(fields):
    fields[2][0][0][1].content = b"\xff\xfe"


@pytest.mark.parametrize("change", [_number_twice, _number_that_is_null, _name_that_is_no_text])
def test_a_list_that_is_malformed_inside_is_refused(tmp_path, change):
    whole = surgery.parse(signed(5).public_bytes(Encoding.DER))
    change(whole[0])
    path = tmp_path / "crl.der"
    path.write_bytes(whole.encoded)
    with pytest.raises(CrlError, match="must be a certificate revocation list"):
        crls.load(path, [authority()], now=NOW)


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN X509 CRL-----\n"])
def test_what_is_no_list_is_refused(tmp_path, content):
    path = tmp_path / "crl.pem"
    path.write_bytes(content)
    with pytest.raises(CrlError, match="must be a certificate revocation list"):
        crls.load(path, [authority()])


def test_a_number_may_not_go_back(tmp_path, loaded):
    former, same, older = loaded(signed(number=7)), loaded(signed()), loaded(signed(number=6))
    former = crls.ages_of(former)
    crls.check_newer(tmp_path, same, former)
    with pytest.raises(CrlError, match="number 7 is in use"):
        crls.check_newer(tmp_path, older, former)
    with pytest.raises(CrlError, match="none of its lists follows here"):
        crls.check_newer(tmp_path, (), former)
    crls.check_newer(tmp_path, (), former, retire=True)
    with pytest.raises(CrlError, match="number 7 is in use"):  # no way to go back
        crls.check_newer(tmp_path, older, former, retire=True)


@pytest.mark.parametrize("critical", [True, False])
def test_a_list_of_all_client_certificates_is_complete(loaded, critical):
    point = scope(only_contains_user_certs=True)
    (found,) = loaded(signed(5, extra=(point,), critical=critical))
    assert list(found.serial_numbers()) == ["5"]


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": [x509.UniformResourceIdentifier("http://a/1"), x509.DNSName("a")]},
        {"relative_name": name(CN="1").rdns[0]},
        {"only_contains_attribute_certs": True},
        {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
        {"indirect_crl": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
@pytest.mark.parametrize("critical", [True, False])
def test_a_list_that_leaves_client_certificates_out_is_refused(loaded, changes, critical):
    with pytest.raises(
        CrlError, match=r"has the extension 2\.5\.29\.28: it is not a complete list"
    ):
        loaded(signed(5, extra=(scope(**changes),), critical=critical))


def test_the_parts_of_a_list_count_together(loaded):
    parts = [
        signed(5, extra=(part("http://crl/1"),)),
        signed(6, number=3, extra=(part("http://crl/2", only_contains_user_certs=True),)),
    ]
    (found,) = loaded(*parts)
    assert sorted(found.serial_numbers()) == ["5", "6"]
    assert found.parts_of(spki()) == ["http://crl/1", "http://crl/2"]
    assert found.parts_of(spki(rsa_key())) == ["http://crl/1", "http://crl/2"]


def test_a_complete_list_beside_a_part_covers_everything(loaded):
    (found,) = loaded(signed(5), signed(6, extra=(part("http://crl/1"),)))
    assert found.parts_of(spki()) is None
    assert sorted(found.serial_numbers()) == ["5", "6"]


def test_one_part_twice_is_refused(loaded):
    with pytest.raises(CrlError, match="two lists of one issuer, key and distribution point"):
        loaded(*(signed(extra=(part("http://crl/1"),), number=n) for n in (7, 8)))


def test_a_part_in_use_has_to_be_followed_by_its_own_successor(loaded, tmp_path):
    first, second = part("http://crl/1"), part("http://crl/2")
    former = crls.ages_of(loaded(signed(extra=(first,)), signed(extra=(second,), number=3)))
    crls.check_newer(
        tmp_path, loaded(signed(extra=(first,)), signed(extra=(second,), number=4)), former
    )
    with pytest.raises(CrlError, match="none of its lists follows here"):
        crls.check_newer(tmp_path, loaded(signed(extra=(first,), number=9)), former)
    with pytest.raises(CrlError, match="number 7 is in use"):
        crls.check_newer(
            tmp_path, loaded(signed(extra=(first,), number=6), signed(extra=(second,))), former
        )
