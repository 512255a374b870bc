"""Every guard of the verification: a right token, and then one thing wrong at a time."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import assume, given
from hypothesis import strategies as st

from portcullis.petstore.verification import (
    LEEWAY_SECONDS,
    MAX_TOKEN_CHARACTERS,
    REQUIRED_CLAIMS,
    Caller,
    Expected,
    TokenRefusedError,
    verify,
)
from tests.portcullis.petstore.conftest import Issuer

AUDIENCE = "petstore"
THUMBPRINT = "A" * 43
OTHER_THUMBPRINT = "B" * 43


@pytest.fixture
def check(issuer, expected):
    def run(headers, scope="pets:read"):
        return asyncio.run(verify(headers, issuer, expected, scope))

    return run


@pytest.fixture
def refused(check):
    """The refusal that these headers cause; a test that gets a Caller fails."""

    def run(headers, scope="pets:read"):
        with pytest.raises(TokenRefusedError) as caught:
            check(headers, scope)
        return caught.value

    return run


@pytest.fixture
def refused_token(refused, issuer):
    def run(token):
        return refused(issuer.headers(token))

    return run


def encode(data: bytes) -> str:
    return jwt.utils.base64url_encode(data).decode()


def unsigned(issuer, header, claims=None):
    parts = (header, claims or issuer.claims())
    return ".".join(encode(json.dumps(part).encode()) for part in parts)


def test_a_right_token_names_the_caller(check, issuer):
    assert check(issuer.headers()) == Caller(
        client_id="pet-shop", scopes=frozenset({"pets:read", "pets:write"}), token_id="token-1"
    )


def test_the_same_token_is_accepted_again(check, issuer):
    headers = issuer.headers()
    assert check(headers) == check(headers)


def test_header_names_and_the_scheme_compare_without_case(check, issuer):
    headers = [
        ("aUTHORIZATION", f"bEARER {issuer.token()}"),
        ("x-CLIENT-certificate-thumbprint", THUMBPRINT),
    ]
    assert check(headers).client_id == "pet-shop"


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_access_token_type_is_accepted_as_rfc_9068_writes_it(check, issuer, kind):
    assert check(issuer.headers(issuer.token({"typ": kind})))


# --- how the token is carried -------------------------------------------------------------------


def test_a_call_without_a_token_gets_no_error_code(refused, issuer):
    refusal = refused([h for h in issuer.headers() if h[0] != "Authorization"])
    assert (refusal.status, refusal.error) == (401, "missing_token")
    assert refusal.challenge == 'Bearer realm="petstore"'


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "eyJ.eyJ.sig"])
def test_another_scheme_is_not_a_token(refused, value):
    refusal = refused([("Authorization", value), ("X-Client-Certificate-Thumbprint", THUMBPRINT)])
    assert (refusal.status, refusal.error) == (401, "missing_token")


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("added", ["=", "==", " ", "\n", "%3D", "+", "/", "\u00e9"])
def test_a_part_with_padding_or_other_characters_is_refused(refused_token, issuer, place, added):
    parts = issuer.token().split(".")
    parts[place] += added
    refusal = refused_token(".".join(parts))
    assert (refusal.status, refusal.reason) == (401, "The bearer token is not a compact JWT")


def test_two_authorization_headers_are_refused_even_when_equal(refused, issuer):
    headers = issuer.headers()
    refusal = refused([*headers, headers[1]])
    assert (refusal.status, refusal.error) == (401, "invalid_token")


def test_a_forged_authorization_header_beside_the_right_one_is_refused(refused, issuer):
    for headers in (
        [*issuer.headers(), ("authorization", "Bearer forged")],
        [("authorization", "Bearer forged"), *issuer.headers()],
    ):
        assert refused(headers).reason == "There is more than one Authorization header"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "....",
        "eyJhbGciOiJFUzI1NiJ9..",
        "\udcff.\udcff.\udcff",  # how aiohttp hands over bytes that are no UTF-8
        "é.é.é",
        "e30.e30.e30 ",
    ],
)
def test_text_that_is_not_a_compact_jwt_is_refused(refused_token, token):
    assert (refused_token(token).status, refused_token(token).error) == (401, "invalid_token")


def test_an_endless_token_is_refused_before_any_work(refused_token, issuer):
    token = issuer.token(padding="p" * MAX_TOKEN_CHARACTERS)
    assert refused_token(token).reason == "The bearer token is not a compact JWT"


# --- header of the token ------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, [], {}, 0])
def test_an_unsigned_token_is_refused(refused_token, issuer, algorithm):
    header = {"alg": algorithm, "typ": "at+jwt", "kid": issuer.key_id}
    for signature in ("", "c2ln"):
        refusal = refused_token(f"{unsigned(issuer, header)}.{signature}")
        assert refusal.reason == "The algorithm is not ES256 or RS256"


@pytest.mark.parametrize("form", ["PEM", "DER", "JWK x"])
def test_the_public_key_is_not_an_hmac_secret(refused_token, issuer, form):
    public = issuer.private.public_key()
    secret = {
        "PEM": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "DER": public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "JWK x": issuer.jwk()["x"].encode(),
    }[form]
    body = unsigned(issuer, {"alg": "HS256", "typ": "at+jwt", "kid": issuer.key_id})
    signature = encode(hmac.digest(secret, body.encode(), hashlib.sha256))
    assert refused_token(f"{body}.{signature}").reason == "The algorithm is not ES256 or RS256"


@pytest.mark.parametrize("algorithm", ["ES384", "ES512", "PS256", "EdDSA", "es256", "rs256"])
def test_no_other_algorithm_is_accepted(refused_token, issuer, algorithm):
    refusal = refused_token(issuer.token({"alg": algorithm}))
    assert refusal.reason == "The algorithm is not ES256 or RS256"


def test_the_algorithm_of_another_kind_of_key_is_refused(refused_token, issuer):
    refusal = refused_token(issuer.token({"alg": "RS256"}))
    assert refusal.reason == "The algorithm is not the one of the key"


def test_an_rsa_signature_is_refused(refused_token, issuer):
    key = rsa.generate_private_key(65537, 2048)
    token = jwt.encode(
        issuer.claims(), key, "RS256", headers={"kid": issuer.key_id, "typ": "at+jwt"}
    )
    assert refused_token(token).error == "invalid_token"


@pytest.mark.parametrize("kind", ["JWT", "id_token+jwt", "", None, 1, ["at+jwt"]])
def test_a_token_of_another_type_is_refused(refused_token, issuer, kind):
    assert refused_token(issuer.token({"typ": kind})).reason == "The type is not at+jwt"


@pytest.mark.parametrize("key_id", [None, "", 1, ["key-1"], {"a": 1}])
def test_a_token_without_a_key_id_is_refused(refused_token, issuer, key_id):
    assert refused_token(issuer.token({"kid": key_id})).error == "invalid_token"


def test_an_unknown_key_id_is_refused(refused_token, issuer):
    refusal = refused_token(issuer.token({"kid": "key-2"}))
    assert refusal.reason == "The key id is not one that the issuer publishes"


@pytest.mark.parametrize("critical", [["exp"], ["b64"], [], "exp"])
def test_critical_extensions_are_refused(refused_token, issuer, critical):
    assert refused_token(issuer.token({"crit": critical})).error == "invalid_token"


def test_an_extension_that_pyjwt_understands_is_refused_too(refused_token, issuer):
    reason = refused_token(issuer.token({"crit": ["b64"], "b64": True})).reason
    assert reason == "The header has critical extensions, and none is supported"


def test_a_detached_payload_is_refused(refused_token, issuer):
    assert refused_token(issuer.token({"crit": ["b64"], "b64": False})).error == "invalid_token"


def test_a_key_that_the_token_brings_along_is_not_used(refused_token, issuer):
    stranger = type(issuer)()
    token = stranger.token({"jwk": stranger.jwk(), "jku": "https://attacker.test/jwks"})
    assert refused_token(token).reason == "The signature is not the issuer's"


# --- signature ----------------------------------------------------------------------------------


def test_the_signature_of_another_key_is_refused(refused_token, issuer):
    assert refused_token(type(issuer)().token()).reason == "The signature is not the issuer's"


def test_a_missing_signature_is_refused(refused_token, issuer):
    assert refused_token(issuer.token().rpartition(".")[0] + ".").error == "invalid_token"


def test_an_all_zero_signature_is_refused(refused_token, issuer):
    body = issuer.token().rpartition(".")[0]
    refusal = refused_token(f"{body}.{encode(bytes(64))}")
    assert refusal.reason == "The signature is not the issuer's"


def test_a_der_signature_is_refused(refused_token, issuer):
    body, _, signature = issuer.token().rpartition(".")
    raw = jwt.utils.base64url_decode(signature)
    der = jwt.utils.raw_to_der_signature(raw, ec.SECP256R1())
    assert refused_token(f"{body}.{encode(der)}").error == "invalid_token"


def test_claims_changed_after_signing_are_refused(refused_token, issuer):
    header, _, signature = issuer.token(scope="pets:read").split(".")
    richer = encode(json.dumps(issuer.claims(scope="pets:read pets:write")).encode())
    refusal = refused_token(f"{header}.{richer}.{signature}")
    assert refusal.reason == "The signature is not the issuer's"


# --- claims -------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", REQUIRED_CLAIMS)
def test_every_claim_is_required(refused_token, issuer, claim):
    assert refused_token(issuer.token(**{claim: None})).error == "invalid_token"


@pytest.mark.parametrize(
    "issuer_claim", ["https://issuer.test/", "http://issuer.test", "https://evil.test", "", 1, []]
)
def test_another_issuer_is_refused(refused_token, issuer, issuer_claim):
    assert refused_token(issuer.token(iss=issuer_claim)).error == "invalid_token"


@pytest.mark.parametrize(
    "audience", ["other", "petstore2", "", [], ["petstore"], ["petstore", "other"], 1, {"a": 1}]
)
def test_another_audience_is_refused_and_so_is_a_list_of_them(refused_token, issuer, audience):
    assert refused_token(issuer.token(aud=audience)).error == "invalid_token"


def test_an_expired_token_is_refused(refused_token, issuer):
    token = issuer.token(exp=int(time.time()) - LEEWAY_SECONDS - 1)
    assert refused_token(token).reason == "The token has expired"


def test_clocks_may_differ_by_the_leeway_and_no_more(check, issuer):
    now = int(time.time())
    assert check(issuer.headers(issuer.token(nbf=now + 3, iat=now + 3)))
    late = issuer.token(exp=now - LEEWAY_SECONDS + 3)
    try:
        assert check(issuer.headers(late))
    except TokenRefusedError:
        assert time.time() - now >= 3, "refused within the leeway"  # a busy machine may be too late


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_from_the_future_is_refused(refused_token, issuer, claim):
    token = issuer.token(**{claim: int(time.time()) + LEEWAY_SECONDS + 3000})
    assert refused_token(token).reason == "The token is not valid yet"


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", ["soon", "99999999999", True, [1], {}, 1e11, float("inf")])
def test_a_time_that_is_not_a_whole_number_is_refused(refused_token, issuer, claim, value):
    assert refused_token(issuer.token(**{claim: value})).error == "invalid_token"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("client_id", 7),
        ("client_id", ["pet-shop"]),
        ("scope", ["pets:read"]),
        ("scope", {"pets:read": True}),
        ("sub", 7),
        ("jti", 7),
    ],
)
def test_a_claim_of_the_wrong_type_is_refused(refused_token, issuer, claim, value):
    assert refused_token(issuer.token(**{claim: value})).error == "invalid_token"


@pytest.mark.parametrize("claims", [[], "text", 7, None])
def test_claims_that_are_not_an_object_are_refused(refused_token, issuer, claims):
    assert refused_token(issuer.sign(claims)).error == "invalid_token"


# --- binding to the certificate -----------------------------------------------------------------


def test_a_token_of_another_certificate_is_refused(refused, issuer):
    refusal = refused(issuer.headers(thumbprint=OTHER_THUMBPRINT))
    assert (refusal.status, refusal.error) == (401, "invalid_token")
    assert refusal.reason == "The token belongs to another client certificate"


def test_a_call_without_a_thumbprint_is_refused(refused, issuer):
    refusal = refused([h for h in issuer.headers() if not h[0].startswith("X-Client")])
    assert refusal.reason == "There is not exactly one client certificate thumbprint"


@pytest.mark.parametrize("second", [THUMBPRINT, OTHER_THUMBPRINT])
def test_two_thumbprints_are_refused_even_when_equal(refused, issuer, second):
    forged = ("x-client-certificate-thumbprint", second)
    for headers in ([*issuer.headers(), forged], [forged, *issuer.headers()]):
        reason = refused(headers).reason
        assert reason == "There is not exactly one client certificate thumbprint"


@pytest.mark.parametrize(
    "presented", ["", THUMBPRINT.lower(), f"{THUMBPRINT}=", f"{THUMBPRINT}, {THUMBPRINT}"]
)
def test_the_thumbprint_compares_exactly(refused, issuer, presented):
    assert refused(issuer.headers(thumbprint=presented)).error == "invalid_token"


@pytest.mark.parametrize(
    "confirmation",
    [{}, {"x5t#S256": ""}, {"x5t#S256": None}, {"x5t": THUMBPRINT}, {"jkt": "x"}, [], THUMBPRINT],
)
def test_a_confirmation_that_names_no_certificate_is_refused(refused, issuer, confirmation):
    token = issuer.token(cnf=confirmation)
    for presented in (THUMBPRINT, "", "None"):
        assert refused(issuer.headers(token, presented)).error == "invalid_token"


# --- scope --------------------------------------------------------------------------------------


def test_a_missing_scope_is_403_and_names_the_scope(refused, issuer):
    headers = issuer.headers(issuer.token(scope="pets:read"))
    refusal = refused(headers, "pets:write")
    assert (refusal.status, refusal.error) == (403, "insufficient_scope")
    assert refusal.challenge.endswith('scope="pets:write"')


@pytest.mark.parametrize("scope", ["", " ", "pets:readonly", "Pets:Read", "pets:read,pets:write"])
def test_a_scope_compares_as_a_whole_word(refused, issuer, scope):
    refusal = refused(issuer.headers(issuer.token(scope=scope)))
    assert refusal.error == "insufficient_scope"


def test_without_a_scope_to_check_a_valid_token_is_enough(check, issuer):
    assert check(issuer.headers(issuer.token(scope="")), None).scopes == frozenset()


# --- nothing leaks, nothing else escapes ---------------------------------------------------------


def test_no_refusal_quotes_the_token(refused, issuer):
    token = issuer.token(aud="secret-audience")
    refusal = refused(issuer.headers(token))
    for text in (str(refusal), refusal.challenge, repr(refusal)):
        assert not set(token.split(".")) & set(text.replace('"', " ").split())
        assert "secret-audience" not in text


@pytest.mark.parametrize("field", ["issuer", "audience"])
def test_the_expected_values_decide(issuer, expected, field):
    other = Expected(
        **{"issuer": expected.issuer, "audience": expected.audience} | {field: "https://else.test"}
    )
    with pytest.raises(TokenRefusedError):
        asyncio.run(verify(issuer.headers(), issuer, other, None))


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["Authorization", "authorization", "X-Client-Certificate-Thumbprint", "Cookie"]
        ),
        st.one_of(
            st.text(max_size=60),
            st.text(alphabet="eyJ0.-_ A", max_size=40).map("Bearer ".__add__),
            st.sampled_from([THUMBPRINT, "Bearer e30.e30.e30", "Bearer"]),
        ),
    ),
    max_size=4,
)


@given(headers=HEADERS)
def test_no_invented_headers_get_in_or_break_anything(issuer, expected, headers):
    with pytest.raises(TokenRefusedError):
        asyncio.run(verify(headers, issuer, expected, None))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(claim=st.sampled_from(["iss", "aud", "cnf"]), value=JSON)
def test_no_other_value_of_a_claim_is_accepted(issuer, expected, claim, value):
    with pytest.raises(TokenRefusedError):
        asyncio.run(verify(issuer.headers(issuer.token(**{claim: value})), issuer, expected, None))


@given(claim=st.sampled_from(["scope", "iat", "nbf", "exp", "jti"]), value=JSON)
def test_no_value_of_a_claim_breaks_the_verification(issuer, expected, claim, value):
    headers = issuer.headers(issuer.token(**{claim: value}))
    with contextlib.suppress(TokenRefusedError):
        assert asyncio.run(verify(headers, issuer, expected, None)).client_id == "pet-shop"


@given(position=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_no_flipped_bit_of_the_token_survives(issuer, expected, position, bit):
    token = bytearray(issuer.token().encode())
    token[position % len(token)] ^= 1 << bit
    with pytest.raises(TokenRefusedError):
        asyncio.run(verify(issuer.headers(token.decode("latin-1")), issuer, expected, "pets:read"))


@given(header=st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit"]), JSON, min_size=1))
def test_no_other_token_header_is_accepted(issuer, expected, header):
    assume(header != {"crit": None})  # None leaves it out, and then nothing is wrong
    headers = issuer.headers(issuer.sign(issuer.claims(), header))
    with pytest.raises(TokenRefusedError):
        asyncio.run(verify(headers, issuer, expected, None))


# --- RS256 --------------------------------------------------------------------------------------


class RsaIssuer(Issuer):
    """An issuer whose key is an RSA key."""

    def __init__(self):
        super().__init__()
        self.private = rsa.generate_private_key(65537, 2048)

    def sign(self, claims, header=None):
        head = {"alg": "RS256", "typ": "at+jwt", "kid": self.key_id} | (header or {})
        signing_input = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
        signature = self.private.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signing_input}.{encode(signature)}"


@pytest.fixture
def by_rsa(expected):
    issuer = RsaIssuer()

    def verified(token):
        return asyncio.run(verify(issuer.headers(token), issuer, expected, "pets:read"))

    verified.issuer = issuer
    return verified


def test_a_token_by_an_rsa_key_is_accepted(by_rsa):
    assert by_rsa(by_rsa.issuer.token()).client_id == "pet-shop"


@pytest.mark.parametrize("algorithm", ["ES256", "HS256", "none", "PS256"])
def test_the_header_does_not_choose_another_algorithm_for_an_rsa_key(by_rsa, algorithm):
    with pytest.raises(TokenRefusedError, match="The algorithm is not"):
        by_rsa(by_rsa.issuer.token({"alg": algorithm}))


def test_a_changed_token_by_an_rsa_key_is_refused(by_rsa):
    head, _, signature = by_rsa.issuer.token().split(".")
    claims = encode(json.dumps(by_rsa.issuer.claims(client_id="another")).encode())
    with pytest.raises(TokenRefusedError, match="signature is not the issuer's"):
        by_rsa(f"{head}.{claims}.{signature}")
