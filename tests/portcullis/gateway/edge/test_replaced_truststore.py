"""Other truststores are taken over while connections stay open, and count for those too."""

import pytest
from OpenSSL import crypto

from portcullis.gateway.edge.tls_contexts import TlsAcceptor, TlsSetupError
from tests.portcullis.gateway.edge.clients import GET, wait_for
from tests.portcullis.gateway.edge.conftest import issue


@pytest.fixture
def front(fronts):
    return fronts.start()


@pytest.fixture(scope="module")
def other_ca():
    return issue("Another CA", is_ca=True)


def take_over(fronts, front, truststore):
    async def run():
        files = fronts.pki.files(fronts.pki.server)
        domain = fronts.domain(truststore=truststore)
        front.front.replace_domains([domain], {"localhost": files})()

    fronts.run(run())


def failure_of_last(front):
    return front.requests[-1].tls.verify_failure


def test_a_connection_stays_open_and_another_issuer_is_trusted(
    fronts, front, shop, other_ca, exchange_bytes
):
    newcomer = issue("newcomer", other_ca)
    with (
        front.connect(fronts.pki.client_context(shop)) as kept,
        front.connect(fronts.pki.client_context(newcomer)) as refused,
    ):
        exchange_bytes(kept, GET)
        exchange_bytes(refused, GET)
        assert failure_of_last(front) is not None
        take_over(fronts, front, fronts.pki.ca.pem + other_ca.pem)
        exchange_bytes(kept, GET)
        assert failure_of_last(front) is None
        exchange_bytes(refused, GET)  # until its client connects again
        assert failure_of_last(front) is not None
        with front.connect(fronts.pki.client_context(newcomer)) as again:
            exchange_bytes(again, GET)
        assert failure_of_last(front) is None
    assert len(front.requests) == 5


def test_an_open_connection_whose_issuer_is_no_longer_trusted_is_refused(
    fronts, front, shop, other_ca, exchange_bytes
):
    with front.connect(fronts.pki.client_context(shop)) as kept:
        exchange_bytes(kept, GET)
        assert failure_of_last(front) is None
        take_over(fronts, front, other_ca.pem)
        exchange_bytes(kept, GET)
        assert failure_of_last(front).code == 19  # its client sends the CA certificate too
        # A later truststore with its issuer asks for a new handshake.
        take_over(fronts, front, fronts.pki.ca.pem)
        exchange_bytes(kept, GET)
        assert failure_of_last(front) is not None


def test_the_intermediates_that_a_client_sent_count_again(fronts, pki, front, exchange_bytes):
    intermediate = issue("An intermediate", pki.ca, is_ca=True)
    client = issue("below", intermediate)
    with front.connect(pki.client_context(client, intermediate)) as kept:
        exchange_bytes(kept, GET)
        take_over(fronts, front, pki.ca.pem)
        exchange_bytes(kept, GET)
    assert [r.tls.verify_failure for r in front.requests] == [None, None]


@pytest.mark.parametrize(("intermediates", "code"), [(3, None), (4, 22)])
def test_a_chain_may_be_as_long_as_in_a_handshake(fronts, pki, intermediates, code):
    chain = [pki.ca]
    for number in range(intermediates):
        chain.append(issue(f"CA {number}", chain[-1], is_ca=True))
    leaf, *above = (
        crypto.X509.from_cryptography(identity.certificate)
        for identity in (issue("below", chain[-1]), *chain[1:])
    )
    domain = fronts.domain(truststore=pki.ca.pem)
    acceptor = TlsAcceptor([domain], {"localhost": pki.files(pki.server)})
    failure = acceptor.verify("localhost", leaf, above)
    assert (failure and failure.code) == code


def test_a_handshake_under_way_is_held_to_the_new_truststore(
    fronts, front, shop, other_ca, exchange_bytes
):
    with front.raw() as raw:
        wait_for(lambda: front.front._transports)
        take_over(fronts, front, other_ca.pem)
        with fronts.pki.client_context(shop).wrap_socket(
            raw, server_hostname="localhost"
        ) as connection:
            exchange_bytes(connection, GET)
    assert failure_of_last(front).code == 19  # its client sends the CA certificate too


def test_domains_that_cannot_be_served_change_nothing(fronts, pki, front, shop, exchange_bytes):
    with pytest.raises(TlsSetupError, match="truststore"):
        take_over(fronts, front, b"not PEM")
    with front.connect(pki.client_context(shop)) as connection:
        exchange_bytes(connection, GET)
    assert failure_of_last(front) is None
