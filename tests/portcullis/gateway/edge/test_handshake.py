"""The record of a handshake: strict until a domain is chosen, and the first error stays."""

from portcullis.gateway.edge.handshake import HandshakeRecord, HandshakeRefusal


def test_a_new_record_has_no_domain_and_asks_for_a_certificate():
    record = HandshakeRecord()
    assert record.domain_name is None
    assert record.asks_for_certificate
    assert not record.has_verified


def test_the_first_verification_error_stays():
    record = HandshakeRecord()
    for error, depth in ((20, 1), (0, 0), (10, 0)):
        record.note_verification(error=error, depth=depth)
    assert record.has_verified
    assert (record.verify_failure.code, record.verify_failure.depth) == (20, 1)
    assert record.verify_failure.message == "unable to get local issuer certificate"


def test_a_verification_without_an_error_is_no_failure():
    record = HandshakeRecord()
    record.note_verification(error=0, depth=0)
    assert record.has_verified
    assert record.verify_failure is None


def test_a_refusal_keeps_its_alert_and_reason():
    record = HandshakeRecord()
    record.refuse(112, "no custom domain named 'x'")
    assert record.refusal == HandshakeRefusal(112, "no custom domain named 'x'")
