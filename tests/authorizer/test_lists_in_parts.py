"""A list in parts covers the certificates that name one of its distribution points.

Source: AWS Private CA User Guide, "Set up a CRL", partitioned CRLs: the URI of the list's issuing
distribution point, which is critical, has to be one of the certificate's.
"""

import pytest
from cryptography import x509

from portcullis.registry.revocation_lists.verified import CrlError
from tests.authorizer.list_places import Ca, certificates


@pytest.fixture(scope="module")
def issuing():
    return Ca("Issuing")


def uri(number):
    return x509.UniformResourceIdentifier(f"http://crl.example.com/{number}.crl")


def part(number):
    """The scope of one part."""
    return x509.IssuingDistributionPoint(
        full_name=[uri(number)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def shown(issuing, number, **changes):
    point = x509.DistributionPoint([uri(number)], None, None, None)
    return issuing.client(extra=((x509.CRLDistributionPoints([point]), False),), **changes)


def test_each_part_covers_its_certificates(place, issuing):
    revoked = shown(issuing, 2)
    place.take_in(
        certificates(issuing),
        issuing.list_of(extra=(part(1),)),
        issuing.list_of(revoked, extra=(part(2),)),
    )
    assert place.reason(shown(issuing, 1)) == "ok"
    assert place.reason(shown(issuing, 2)) == "ok"
    assert place.reason(revoked) == "revoked"


def test_a_certificate_of_a_part_that_is_missing_is_undecidable(place, issuing):
    place.take_in(certificates(issuing), issuing.list_of(extra=(part(1),)))
    assert place.reason(shown(issuing, 2)) == "revocation_unknown"
    assert place.reason(issuing.client()) == "revocation_unknown"  # it names no part
    assert place.reason(shown(issuing, 1)) == "ok"


def test_a_complete_list_with_a_distribution_point_is_taken(place, issuing):
    """Every certificate names the one list."""
    revoked = shown(issuing, 1)
    place.take_in(certificates(issuing), issuing.list_of(revoked, extra=(part(1),)))
    assert place.reason(shown(issuing, 1)) == "ok"
    assert place.reason(revoked) == "revoked"


def test_a_part_that_revokes_a_ca_revokes_all_below_it(place, issuing):
    root = Ca("Root")
    below = Ca("Below", root)
    place.take_in(
        certificates(below, root),
        root.list_of(extra=(part(1),)),
        root.list_of(below.certificate, extra=(part(2),)),
        below.list_of(),
    )
    assert place.reason(below.client()) == "revoked"


def test_an_import_without_a_part_in_use_is_refused(place, issuing):
    both = issuing.list_of(extra=(part(1),)), issuing.list_of(extra=(part(2),))
    place.take_in(certificates(issuing), *both)
    newer = issuing.list_of(extra=(part(1),), number=8)
    if hasattr(place, "use"):  # the table compares at the import, the file before the packing
        with pytest.raises(CrlError, match="none of its lists follows here"):
            place.take_in(certificates(issuing), newer)
    assert place.reason(shown(issuing, 2)) == "ok"
