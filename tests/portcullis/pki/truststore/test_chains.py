"""Chains: complete up to a root, short enough, in the usual order."""

import pytest

from portcullis.pki import keys, truststore
from portcullis.pki.credential import to_pem
from portcullis.pki.truststore import Severity
from tests.portcullis.pki.truststore.making import GOOD, certificate, chain, codes


def test_an_intermediate_without_its_root_is_an_error():
    findings = truststore.lint(to_pem(GOOD.issuing.certificate))
    assert codes(findings) == ["incomplete-chain"]
    assert findings[0].subject.startswith("CN=client issuing CA")


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, []), (3, []), (4, ["chain-at-limit"]), (5, ["chain-too-long", "chain-at-limit"])],
)
def test_chains_are_measured_against_the_limit_of_four(length, expected):
    assert codes(truststore.lint(to_pem(*chain(length)))) == expected


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, ["path-length"] * 2), (1, ["path-length"]), (2, [])]
)
def test_authorities_further_down_than_their_root_allows_are_errors(limit, expected):
    root_key, key = keys.generate(), keys.generate()
    root = certificate("root", root_key, path_length=limit)
    middle = certificate("middle", key, issuer="root", issuer_key=root_key)
    lowest = certificate("lowest", keys.generate(), issuer="middle", issuer_key=key)
    assert codes(truststore.lint(to_pem(lowest, middle, root))) == expected


def test_a_root_before_its_intermediate_is_a_warning():
    findings = truststore.lint(to_pem(GOOD.root.certificate, GOOD.issuing.certificate))
    assert codes(findings, Severity.WARNING) == ["order"]
