"""A certificate of the truststore gets a date in the past, or is cut short."""

from datetime import UTC, datetime

import pytest
from cryptography import x509

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.mutant import with_value
from portcullis.analyzer.proof.prove import prove
from portcullis.analyzer.proof.truststores import truststore_mutants
from tests.policies import issuers
from tests.policies.running import PACK

RULE = "s3-truststore-has-not-expired"


@pytest.fixture(scope="module")
def with_issuers(stack):
    (upload,) = stack.of_type(types.BUCKET_OBJECT)
    return with_value(stack, upload, ("content",), issuers.ending_in(400, 500))


def test_the_first_certificate_ends_in_the_past_and_the_next_stays(with_issuers):
    mutant = next(truststore_mutants(with_issuers))
    (upload,) = mutant.graph.of_type(types.BUCKET_OBJECT)
    first, second = x509.load_pem_x509_certificates(upload.inputs["content"].encode())
    now = datetime.now(UTC)
    assert first.not_valid_before_utc < first.not_valid_after_utc < now
    assert second.not_valid_after_utc > now


def test_the_pack_refuses_each_of_them(with_issuers):
    proof = prove(with_issuers, truststore_mutants(with_issuers), pack=PACK)
    assert [mutant.rules for mutant in proof.mutants] == [(RULE,), (RULE,)]


def test_a_content_without_a_certificate_has_no_mutant(stack):
    assert list(truststore_mutants(stack)) == []
