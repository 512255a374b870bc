"""Finds what makes a public key too weak, or too large, for client certificates and their CAs.

Certificates, signing requests and truststores are checked by the same function. API Gateway
documents only the lower bounds, RSA-2048 and ECDSA-256. The upper ones are ours: a handshake takes
longer with each bit. AWS's other verifier of client certificates, the Application Load Balancer,
takes RSA keys of up to 8,192 bits too. Sources: API Gateway Developer Guide, "Configuring your
truststore"; RFC 8017 section 3.1 (an RSA modulus is odd).
"""

from cryptography.hazmat.primitives.asymmetric import ec, rsa

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_RSA_EXPONENT_BITS = 32  # NIST SP 800-56B takes 256; other verifiers refuse more than 32
# Those of NIST only: the twin of a certificate is known by the order of its signer's curve.
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})


def weakness(key: object) -> str:
    """Why this public key is not accepted; empty where it is.

    The parser has refused RSA exponents that are even or below 3. An exponent of 3 is accepted: it
    is sound with the paddings of TLS, and smart cards have such keys.
    """
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            return f"RSA key of fewer than {MIN_RSA_BITS} bits"
        if key.key_size > MAX_RSA_BITS:
            return f"RSA key of more than {MAX_RSA_BITS} bits"
        numbers = key.public_numbers()
        if numbers.e.bit_length() > MAX_RSA_EXPONENT_BITS:
            return f"RSA exponent of more than {MAX_RSA_EXPONENT_BITS} bits"
        return "" if numbers.n % 2 else "RSA modulus is even"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "" if key.curve.name in CURVES else "elliptic curve not accepted"
    return "the key must be RSA or elliptic curve"
