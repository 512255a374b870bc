"""A certificate that expires while API Gateway has a cached answer for it.

The gateway, the real authorizer and the backend's check of the token share one clock. A connection
that is open keeps the facts of its handshake; a new one has those of now (edge/test_tls_contexts.py
shows that a handshake with an expired certificate is recorded as such).
"""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.policy import Policies
from authorizer.registry import PackagedRegistry
from portcullis.gateway.exchange import Layer, UpstreamAnswer, VerifyFailure
from tests.authorizer.making import (
    ROUTES,
    Bench,
    LocalSigner,
    certificate,
    configuration,
    elliptic_key,
    registry_document,
)
from tests.portcullis.gateway.fakes import Clock, FakeFunctions, FakeUpstream

SOURCE = "context.identity.clientCert.clientCertPem"
EXPIRED = VerifyFailure(code=10, depth=0, message="certificate has expired")
LIFE = 100  # seconds from the first call to the end of the certificate


class Chain:
    """A gateway with a cache, and the calls of one client over one open connection."""

    def __init__(self, start, good, ttl, backend=None):
        if ttl:
            good.authorizer(authorizerResultTtlInSeconds=ttl, identitySource=SOURCE)
        self.bench = Bench(
            registry=PackagedRegistry(registry_document()),
            policies=Policies(ROUTES),
            signer=LocalSigner(),
            config=configuration(authorizer_cache_seconds=ttl, token_life_seconds=ttl + 60),
        )
        self.functions = FakeFunctions(answer=self.bench.answer)
        self.laptop = start(good, functions=self.functions, upstream=backend or FakeUpstream())
        self.begins = self.laptop.clock.now
        start_of_calls = datetime.fromtimestamp(self.begins, UTC)
        shown = certificate(
            not_before=start_of_calls - timedelta(days=1),
            not_after=start_of_calls + timedelta(seconds=LIFE),
        )
        self.laptop.certificate = shown.public_bytes(Encoding.PEM).decode()

    def call(self, after, **connection):
        self.laptop.clock.now = self.bench.now = self.begins + after
        return self.laptop.call(**connection)


class VerifyingBackend(FakeUpstream):
    """Verifies the token by the clock of the test, as docs/guide/backend.md asks for."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()

    async def send(self, method, url, headers, body, timeout_seconds):
        answer = await super().send(method, url, headers, body, timeout_seconds)
        (authorization,) = self.last.all("Authorization")
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            elliptic_key().public_key(),
            algorithms=["ES256"],
            audience="petstore",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        is_good = claims["nbf"] <= self.clock() < claims["exp"]
        return answer if is_good else UpstreamAnswer(status=401, headers=(), body=b"")


@pytest.fixture
def chain(start, good):
    def make(ttl, backend=None):
        return Chain(start, good, ttl, backend)

    return make


def refused_as_expired(response):
    return (response.status, response.layer, response.reason) == (
        *(403, Layer.AUTHORIZER),
        "expired",
    )


def test_without_a_cache_the_next_call_is_refused(chain):
    chain = chain(ttl=0)
    assert chain.call(LIFE).status == 200
    assert refused_as_expired(chain.call(LIFE + 1))


@pytest.mark.parametrize("asked_after", [0, LIFE], ids=["early", "in the last second"])
def test_a_cached_answer_ends_one_ttl_after_it_was_given(chain, asked_after):
    ttl = 300
    chain = chain(ttl)
    assert chain.call(asked_after).status == 200
    assert chain.call(LIFE + 1).status == 200  # the bound of docs/guide/revocation.md
    assert chain.call(asked_after + ttl - 1).status == 200
    assert len(chain.functions.calls) == 1
    assert refused_as_expired(chain.call(asked_after + ttl))


def test_a_backend_that_verifies_the_token_refuses_it_at_once(chain):
    backend = VerifyingBackend()
    chain = chain(300, backend)
    backend.clock = chain.laptop.clock
    assert [chain.call(after).status for after in (0, LIFE, LIFE + 1)] == [200, 200, 401]
    assert len(chain.functions.calls) == 1  # the gateway used its cached answer


def test_a_new_connection_is_refused_at_once(chain):
    chain = chain(ttl=300)
    assert chain.call(0).status == 200
    response = chain.call(LIFE + 1, verify_failure=EXPIRED)
    assert (response.status, response.layer) == (403, Layer.TRUSTSTORE)
    assert chain.call(LIFE + 1).status == 200  # the connection that was open goes on
