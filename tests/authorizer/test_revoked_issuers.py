"""A list that revokes a CA refuses every certificate below it, from the zip and from the table."""

import pytest
from cryptography import x509

from authorizer.table import NEGATIVE_SECONDS
from tests.authorizer.list_places import Ca, InTable, certificates
from tests.authorizer.lists import scope
from tests.authorizer.making import certificate, rsa_key


@pytest.fixture(scope="module")
def root():
    return Ca("Root")


@pytest.fixture(scope="module")
def middle(root):
    return Ca("Middle", root)


@pytest.fixture(scope="module")
def issuing(middle):
    return Ca("Issuing", middle)


def test_a_certificate_below_a_revoked_ca_is_refused(place, root, middle):
    shown = middle.client()
    truststore = certificates(middle, root)
    place.take_in(truststore, root.list_of(), middle.list_of())
    assert place.reason(shown) == "ok"
    place.take_in(truststore, root.list_of(middle.certificate, number=8), middle.list_of(number=8))
    assert place.reason(shown) == "revoked"


def test_a_certificate_two_levels_below_a_revoked_ca_is_refused(place, root, middle, issuing):
    shown = issuing.client()
    truststore = certificates(issuing, middle, root)
    others = middle.list_of(), issuing.list_of()
    place.take_in(truststore, root.list_of(), *others)
    assert place.reason(shown) == "ok"
    place.take_in(truststore, root.list_of(middle.certificate, number=8), *others)
    assert place.reason(shown) == "revoked"


def test_a_revoked_ca_needs_no_list_of_its_own(place, root, middle):
    place.take_in(certificates(middle, root), root.list_of(middle.certificate))
    assert place.reason(middle.client()) == "revoked"


def test_a_list_of_ca_certificates_alone_revokes_a_ca_and_covers_no_client(place, root, middle):
    """As a root publishes it that issues no other certificates; RFC 5280 section 5.2.5."""
    of_cas = (scope(only_contains_ca_certs=True),)
    truststore = certificates(middle, root)
    place.take_in(truststore, root.list_of(extra=of_cas), middle.list_of())
    assert place.reason(middle.client()) == "ok"
    assert place.reason(root.client()) == "revocation_unknown"
    revoking = root.list_of(middle.certificate, extra=of_cas, number=8)
    place.take_in(truststore, revoking, middle.list_of(number=8))
    assert place.reason(middle.client()) == "revoked"


def test_lists_of_cas_and_of_clients_count_together(place, root, middle):
    of_cas, of_clients = scope(only_contains_ca_certs=True), scope(only_contains_user_certs=True)
    revoked = root.client(serial_number=77)
    place.take_in(
        certificates(middle, root),
        root.list_of(middle.certificate, extra=(of_cas,)),
        root.list_of(revoked, extra=(of_clients,)),
        middle.list_of(),
    )
    assert place.reason(middle.client()) == "revoked"
    assert place.reason(root.client()) == "ok"
    assert place.reason(revoked) == "revoked"


def test_another_ca_of_the_same_root_is_not_affected(place, root, middle):
    other = Ca("Other", root)
    truststore = certificates(middle, other, root)
    place.take_in(truststore, root.list_of(middle.certificate), other.list_of())
    assert place.reason(other.client()) == "ok"


def test_a_root_that_its_own_list_revokes_is_refused_with_all_below_it(place, middle, root):
    truststore = certificates(middle, root)
    place.take_in(truststore, root.list_of(root.certificate), middle.list_of())
    assert place.reason(root.client()) == "revoked"
    assert place.reason(middle.client()) == "revoked"


def test_a_serial_number_of_another_issuer_revokes_no_ca(place, root, middle, issuing):
    """A serial number belongs to its issuer: the list of another one may have the same."""
    truststore = certificates(issuing, middle, root)
    lists = root.list_of(issuing.certificate), middle.list_of(middle.certificate)
    place.take_in(truststore, *lists, issuing.list_of())
    assert place.reason(issuing.client()) == "ok"


def test_a_ca_is_let_in_again_by_a_list_without_it(place, root, middle):
    truststore = certificates(middle, root)
    place.take_in(truststore, root.list_of(middle.certificate), middle.list_of())
    place.take_in(truststore, root.list_of(number=8), middle.list_of(number=8))
    assert place.reason(middle.client()) == "ok"


@pytest.mark.parametrize("present", ["both", "new"])
def test_the_successor_under_the_same_name_is_let_in_with_its_own_key(
    place, root, middle, *, present
):
    """The revoked key stays refused, also where its certificate has left the truststore."""
    renewed = Ca("Middle", root, key=rsa_key())
    old = [middle.certificate] if present == "both" else []
    old_list = [middle.list_of()] if present == "both" else []
    truststore = [renewed.certificate, *old, root.certificate]
    place.take_in(
        truststore, root.list_of(middle.certificate), renewed.list_of(number=2), *old_list
    )
    assert place.reason(renewed.client()) == "ok"
    expected = "revoked" if present == "both" else "revocation_unknown"
    assert place.reason(middle.client()) == expected


def test_a_second_certificate_of_a_revoked_key_does_not_help(place, root, middle):
    """The holder of a compromised key could go on by the other path."""
    other_root = Ca("Other root")
    cross_signed = middle.certified_by(other_root)
    truststore = [middle.certificate, cross_signed, root.certificate, other_root.certificate]
    place.take_in(
        truststore, root.list_of(middle.certificate), other_root.list_of(), middle.list_of()
    )
    assert place.reason(middle.client()) == "revoked"


def test_a_ca_with_a_path_beside_the_revoked_one_is_let_in(place, root, middle, issuing):
    other_root = Ca("Other root")
    cross_signed = issuing.certified_by(other_root)
    truststore = [cross_signed, *certificates(issuing, middle, root, other_root)]
    place.take_in(
        truststore, root.list_of(middle.certificate), other_root.list_of(), issuing.list_of()
    )
    assert place.reason(issuing.client()) == "ok"


def test_cas_that_certified_each_other_fall_with_their_root(place, root):
    first, second = Ca("First", root), Ca("Second", root)
    cross = [first.certified_by(second), second.certified_by(first)]
    truststore = [*cross, first.certificate, root.certificate]
    lists = first.list_of(), second.list_of()
    place.take_in(truststore, root.list_of(), *lists)
    assert place.reason(second.client()) == "ok"
    place.take_in(truststore, root.list_of(root.certificate, number=8), *lists)
    assert place.reason(first.client()) == "revoked"
    assert place.reason(second.client()) == "revoked"


def test_a_key_that_is_not_in_the_truststore_is_undecidable(place, root, middle):
    """A client could send the certificate of another CA of this name in the handshake."""
    place.take_in(certificates(middle, root), root.list_of(), middle.list_of())
    assert place.reason(Ca("Middle", root).client()) == "revocation_unknown"


def test_an_authority_key_identifier_is_not_believed(place, root, middle):
    renewed = Ca("Middle", root)
    place.take_in(
        certificates(middle, renewed, root),
        root.list_of(middle.certificate),
        middle.list_of(),
        renewed.list_of(),
    )
    claimed = x509.AuthorityKeyIdentifier.from_issuer_public_key(renewed.key.public_key())
    shown = certificate(issuer=middle.name, signer=middle.key, extra=((claimed, False),))
    assert place.reason(shown) == "revoked"


# --- the table, whose lists come one after the other


@pytest.fixture
def in_table(make_bench, tmp_path, dynamodb, moto):
    return InTable(make_bench, tmp_path, dynamodb, moto)


def test_each_list_may_come_by_itself(in_table, root, middle, issuing):
    truststore = certificates(issuing, middle, root)
    in_table.take_in(truststore, issuing.list_of())
    assert in_table.reason(issuing.client()) == "ok"
    in_table.take_in(truststore, root.list_of(middle.certificate))
    assert in_table.reason(issuing.client()) == "revoked"
    for one in (middle.list_of(), issuing.list_of(number=8)):
        in_table.take_in(truststore, one)
    assert in_table.reason(issuing.client()) == "revoked"


def test_a_revoked_ca_that_has_left_the_truststore_stays_refused(in_table, root, middle):
    truststore = certificates(middle, root)
    in_table.take_in(truststore, root.list_of(middle.certificate), middle.list_of())
    in_table.take_in(certificates(root), root.list_of(middle.certificate, number=8))
    assert in_table.reason(middle.client()) == "revoked"
    in_table.take_in(certificates(root), root.list_of(number=9))
    assert in_table.reason(middle.client()) == "ok"  # by its own list, which is still in use


@pytest.mark.parametrize("change", [{"S": "x"}, {"S": "{}"}, {"S": '["*"]'}, {"N": "1"}, None])
def test_a_malformed_item_of_a_revoked_issuer_means_deny(
    in_table, root, middle, dynamodb, *, change
):
    in_table.take_in(certificates(middle, root), root.list_of(middle.certificate))
    pages = dynamodb.get_paginator("scan").paginate(TableName=in_table.name)
    (item,) = (i for p in pages for i in p["Items"] if i["pk"]["S"].startswith("crl#revoked#"))
    item.pop("keys")
    dynamodb.put_item(
        TableName=in_table.name, Item=item | ({} if change is None else {"keys": change})
    )
    assert in_table.reason(middle.client()) == "revocation_unknown"


def test_a_revoked_ca_is_remembered_for_a_short_time_only(in_table, root, middle):
    in_table.use(registry_cache_seconds=300)
    truststore = certificates(middle, root)
    in_table.take_in(truststore, root.list_of(middle.certificate), middle.list_of())
    assert in_table.reason(middle.client()) == "revoked"
    shown = middle.client()
    assert in_table.reason(shown) == "revoked"
    in_table.take_in(truststore, root.list_of(number=8))
    assert in_table.reason(shown) == "revoked"
    in_table.bench.now += NEGATIVE_SECONDS
    assert in_table.reason(shown) == "ok"
