"""Certificate signing requests (CSR) from partners: only their proven, strong keys are used."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authorizer import key_strength
from portcullis.pki import keys
from portcullis.pki.errors import CertificateFileError


def proven_key(csr_pem: bytes) -> keys.PublicKey:
    """The public key of the request, whose sender has shown to hold the private key.

    Raises:
        CertificateFileError: not a CSR, a signature by another key, or a weak or huge key.
    """
    try:
        csr = x509.load_pem_x509_csr(csr_pem)
        public_key = csr.public_key()
        weakness = key_strength.weakness(public_key)
        is_proven = not weakness and csr.is_signature_valid  # its time grows with the key
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        InvalidSignature,
        x509.InvalidVersion,
    ):
        raise CertificateFileError(
            "The signing request must be PKCS #10 in PEM with an EC or RSA key. Make one "
            "with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
            "-keyout my.key -out my.csr -subj /CN=me"
        ) from None
    if weakness:
        raise CertificateFileError(
            f"The signing request has a key of kind {keys.describe(public_key)} ({weakness}); "
            f"accepted: {keys.STRONG}. Ask for one with such a key."
        )
    if not is_proven:
        raise CertificateFileError(
            "The signing request is not signed by its own key, so the sender may not hold that "
            "key. Ask for a new one."
        )
    if _encoded(public_key) not in csr.tbs_certrequest_bytes:
        # An RSA-PSS key, or a curve that is spelled out: the certificate would have another form.
        raise CertificateFileError(
            "The signing request names its key in a form that the certificate would not keep, such "
            "as RSASSA-PSS. Ask for one with a plain RSA or EC key: openssl req -new -newkey ec "
            "-pkeyopt ec_paramgen_curve:P-256 -nodes -keyout my.key -out my.csr -subj /CN=me"
        )
    return public_key


def _encoded(public_key: keys.PublicKey) -> bytes:
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
