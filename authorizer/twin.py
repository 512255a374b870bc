"""Computes the twin of a certificate with an ECDSA signature: the same content, another thumbprint.

Where (r, s) is a signature, (r, n - s) is one too, n being the order of the signer's curve. So the
holder of a certificate can write a second one without the issuer: same names, key and serial
number, another thumbprint. There are exactly these two, so a revoked thumbprint is looked up under
both. Source: SEC 1 section 4.1.4; FIPS 186-5 section 6.4.2.
"""

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from authorizer.der import BIT_STRING, SEQUENCE, content, element, elements

# SP 800-186 section 3.2.1. A signature's numbers are as long as the order, but for one in 2^128.
ORDERS = (
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,  # P-256
    2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,  # P-384
    2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,  # P-521
)


def twin_of(der: bytes) -> bytes | None:
    """The other certificate; None where the signer's curve is not one of these.

    None also for a signature that is not two numbers in DER: API Gateway does not accept it.
    """
    signed, algorithm, signature = elements(der)
    try:
        r, s = decode_dss_signature(content(signature)[1:])
    except ValueError:
        return None
    order = next((order for order in ORDERS if max(r, s) < order), None)
    if order is None:
        return None
    other = element(BIT_STRING, b"\0" + encode_dss_signature(r, order - s))
    return element(SEQUENCE, signed + algorithm + other)
