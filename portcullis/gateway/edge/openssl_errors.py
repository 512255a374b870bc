"""Texts for OpenSSL's errors: the reason of a failed call, the message of a verification code."""

from OpenSSL import SSL

_VERIFICATION_MESSAGES = {  # openssl-verification-options(1): the codes that an operator meets
    2: "unable to get issuer certificate",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    22: "certificate chain too long",
    25: "path length constraint exceeded",
    26: "unsuitable certificate purpose",
    34: "unhandled critical extension",
    47: "permitted subtree violation",
    66: "EE certificate key too weak",
    67: "CA certificate key too weak",
    68: "CA signature digest algorithm too weak",
    79: "invalid CA certificate",
    94: "certificate public key has explicit ECC parameters",
}


def error_text(error: BaseException) -> str:
    """The reasons in an ``SSL.Error``, which holds tuples of library, function and reason."""
    if isinstance(error, SSL.Error) and error.args and isinstance(error.args[0], list):
        return "; ".join(str(entry[-1]) for entry in error.args[0]) or "unspecified error"
    return str(error) or type(error).__name__  # ours, which are whole sentences


def verification_text(code: int) -> str:
    """The message of an ``X509_V_ERR_*`` number."""
    if code in _VERIFICATION_MESSAGES:
        return _VERIFICATION_MESSAGES[code]
    names = vars(SSL.X509VerificationCodes)
    name = next((n for n, v in names.items() if n.startswith("ERR_") and v == code), None)
    return name.removeprefix("ERR_").replace("_", " ").lower() if name else f"X509_V_ERR {code}"
