"""A private key that stays in AWS KMS: each signature is a call of its API.

The classes have the interface of `cryptography`'s keys, which the certificate builders call.
Sources: AWS KMS API Reference, GetPublicKey and Sign.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from portcullis.pki import keys
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.keys import PrivateKey, PublicKey

KEY_SPECS: Final = ("ECC_NIST_P256", "ECC_NIST_P384", "RSA_2048", "RSA_3072", "RSA_4096")
MAX_MESSAGE: Final = 4096  # octets that Sign takes; of anything longer it takes the digest
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/(?:mrk-)?[0-9a-f-]{32,36}"
)


class KmsKeyError(PkiError):
    """AWS KMS did not sign, or cannot be asked."""


class KmsKeyUnfitError(PkiMisuseError):
    """The ARN names no key that can sign certificates."""


def checked_arn(arn: str) -> str:
    """The ARN of a key.

    Raises:
        KmsKeyUnfitError: an alias, a bare key id, or anything else.
    """
    if _ARN.fullmatch(arn):
        return arn
    reason = "must be the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID."
    if "alias/" in arn:
        reason = (
            "is an alias, which can be pointed at another key later; then the authority could not "
            "sign any more. Name the key's ARN: aws kms describe-key --query KeyMetadata.Arn "
            f"--output text --key-id {arn}"
        )
    raise KmsKeyUnfitError(f"--kms {arn!r} {reason}")


def connect(arn: str) -> PrivateKey:
    """The key of that ARN, asked for its public key and for one signature.

    Raises:
        KmsKeyUnfitError: its kind or usage is another.
        KmsKeyError: KMS is out of reach, or refuses.
    """
    client = _client(checked_arn(arn))
    with _reported(arn, "GetPublicKey"):
        answer = client.get_public_key(KeyId=arn)
    public_key: Any = serialization.load_der_public_key(answer["PublicKey"])
    if answer["KeyUsage"] != "SIGN_VERIFY" or keys.type_of(public_key) is None:
        raise KmsKeyUnfitError(
            f"The KMS key {arn} is for {answer['KeyUsage']}, of kind {keys.describe(public_key)}; "
            f"accepted: SIGN_VERIFY with {', '.join(KEY_SPECS)}."
        )
    key = of(arn, public_key)
    _signature(key, b"portcullis certs init")  # a missing permission is seen before anything else
    return key


def of(arn: str, public_key: PublicKey) -> PrivateKey:
    """The key of that ARN, whose public key is known; KMS is not called yet.

    Raises:
        ValueError: neither an EC nor an RSA key.
    """
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return KmsEcKey(arn, public_key)
    if isinstance(public_key, rsa.RSAPublicKey):
        return KmsRsaKey(arn, public_key)
    raise ValueError("neither an EC nor an RSA key")


def arn_of(key: PrivateKey) -> str | None:
    """The ARN of a key in KMS; None for a key in memory."""
    return key.arn if isinstance(key, _KmsKey) else None


class _KmsKey:
    def __init__(self, arn: str, public_key: Any) -> None:
        self.arn = arn
        self._public_key = public_key

    def public_key(self) -> Any:
        return self._public_key

    @property
    def key_size(self) -> int:
        return int(self._public_key.key_size)

    @cached_property
    def _kms(self) -> Any:
        return _client(self.arn)

    def _signed(
        self, data: bytes, algorithm: hashes.HashAlgorithm, name: str, *verification: Any
    ) -> bytes:
        """Sign by the API, and verify what it answers with the arguments of the public key."""
        message, kind = data, "RAW"
        if len(data) > MAX_MESSAGE:
            digest = hashes.Hash(algorithm)
            digest.update(data)
            message, kind = digest.finalize(), "DIGEST"
        with _reported(self.arn, "Sign"):
            answer = self._kms.sign(
                KeyId=self.arn,
                Message=message,
                MessageType=kind,
                SigningAlgorithm=f"{name}_SHA_{algorithm.digest_size * 8}",
            )
        signature = bytes(answer["Signature"])
        try:
            self._public_key.verify(signature, data, *verification)
        except InvalidSignature:
            raise KmsKeyError(
                f"AWS KMS answered with a signature that is not of the key {self.arn} as it was "
                "when the authority was made. Nothing was issued. Check the endpoint and the key."
            ) from None
        return signature

    def _refuse(self, *_arguments: Any, **_named: Any) -> NoReturn:
        raise KmsKeyError(f"The private key {self.arn} cannot leave AWS KMS; it only signs.")

    private_bytes = private_numbers = exchange = decrypt = _refuse

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: Any) -> Any:
        return self


class KmsEcKey(_KmsKey, ec.EllipticCurvePrivateKey):
    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self._public_key.curve
        return curve

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.HashAlgorithm):
            self._refuse()
        return self._signed(bytes(data), algorithm, "ECDSA", signature_algorithm)


class KmsRsaKey(_KmsKey, rsa.RSAPrivateKey):
    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        """With PKCS #1 v1.5, the padding of the certificate builders."""
        if not isinstance(padding, _PKCS1) or not isinstance(algorithm, hashes.HashAlgorithm):
            self._refuse()
        return self._signed(bytes(data), algorithm, "RSASSA_PKCS1_V1_5", padding, algorithm)


_PKCS1: Final = padding.PKCS1v15


def _signature(key: PrivateKey, data: bytes) -> bytes:
    algorithm = keys.signature_hash(key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(algorithm))
    return key.sign(data, padding.PKCS1v15(), algorithm)


def _client(arn: str) -> Any:
    import boto3  # noqa: PLC0415 - takes a third of a second, and only such an authority needs it
    from botocore.config import Config  # noqa: PLC0415 - as above

    found = _ARN.fullmatch(checked_arn(arn))
    with _reported(arn, "a client"):
        return boto3.client(
            "kms",
            region_name=found["region"] if found else None,
            # A renewal's function has 15 seconds; KMS answers in some 10 ms.
            config=Config(connect_timeout=3, read_timeout=4, retries={"total_max_attempts": 2}),
        )


@contextmanager
def _reported(arn: str, call: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        raise KmsKeyError(
            f"AWS KMS refused {call} for {arn}: {code}: "
            f"{error.response['Error'].get('Message', '')} The key must be enabled, and your role "
            "needs kms:GetPublicKey and kms:Sign on it."
        ) from error
    except (BotoCoreError, ValueError) as error:  # a bad endpoint is a ValueError
        raise KmsKeyError(
            f"AWS KMS cannot be asked about {arn}: {error} Check the network, and the credentials "
            "as for `aws sts get-caller-identity`."
        ) from error
