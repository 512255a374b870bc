"""One OpenSSL context per custom domain, chosen by the server name that the client sends.

API Gateway answers a client whose certificate does not chain with 403 over HTTP, and refuses the
handshake only of a client that shows no certificate. So the verify callback records each error and
lets the handshake go on; the truststore gate answers 403.

Each of these has a test:

- Every handshake verifies the chain again. There are no tickets and no session cache: a resumed
  session does not run the verify callback, so a refused client would be accepted later.
- The first verification error is recorded: OpenSSL forgets it once the callback returns True.
- The security level is set here. Without it weak signatures and keys are accepted.
- An unknown server name gets the alert ``unrecognized_name``: there is no default certificate.
- A handshake without a server name is accepted only where the one domain has no dot, such
  as ``localhost``: Java's TLS sends no server name for it. Domains on AWS have a dot.

Sources: RFC 5246, RFC 6066 section 3, RFC 8446; SSL_CTX_set_verify(3),
SSL_CTX_set_tlsext_servername_callback(3).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL, crypto

from portcullis.errors import MisuseError
from portcullis.gateway.edge.handshake import HandshakeRecord
from portcullis.gateway.edge.openssl_errors import error_text, verification_text
from portcullis.gateway.exchange import VerifyFailure
from portcullis.gateway.resources.specs import DomainSpec

# Forward secrecy and authenticated encryption only; level 2 refuses RSA below 2048 bits and SHA-1.
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2"
# "Certificates can have a maximum chain length of four" (API Gateway Developer Guide, mutual TLS):
# the certificate authorities, root included. OpenSSL counts those between leaf and trust anchor.
_INTERMEDIATES_LIMIT = 3
_MIN_RSA_BITS, _MIN_EC_BITS, _MIN_DIGEST_BYTES = 2048, 224, 28  # of @SECLEVEL=2
_INVALID_PURPOSE, _CA_KEY_TOO_SMALL, _CA_MD_TOO_WEAK = 26, 67, 68  # X509_V_ERR_*
_MAX_NAME_BYTES = 65_000  # of 65,535 for all extensions of a CertificateRequest, RFC 8446
# OpenSSL looks for both at the beginning of a line.
_FRAMED = re.compile(
    rb"^(?:\xef\xbb\xbf)?-----BEGIN (?P<label>(?:X509 )?CERTIFICATE)-----[^\S\n]*\n"
    rb"(?:[^\S\n]*[A-Za-z0-9+/=][^\n-]*\n)+-----END (?P=label)-----[^\S\n]*$",
    re.MULTILINE,
)
_VERSIONS = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
# What the library raises for certificates that it cannot decode.
_MALFORMED = (
    *(ValueError, TypeError, x509.InvalidVersion),
    *(x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
_REQUIRED = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
_OPTIONS = (
    SSL.OP_NO_TICKET
    | SSL.OP_NO_RENEGOTIATION
    | SSL.OP_NO_COMPRESSION
    | SSL.OP_CIPHER_SERVER_PREFERENCE
)
_ALERT_PROTOCOL_VERSION = 70
_ALERT_UNRECOGNIZED_NAME = 112


class TlsSetupError(MisuseError):
    """A custom domain whose TLS listener cannot be built; nothing listens."""


class NoCommonProtocolError(Exception):
    """The client offered application protocols, and HTTP/1.1 is not among them."""


@dataclass(frozen=True, slots=True)
class _Domain:
    name: str
    context: SSL.Context
    asks_for_certificate: bool
    minimum_version: int


class TlsAcceptor:
    """The contexts of one listener's custom domains.

    A connection starts with a context that has no server certificate and requires one from the
    client. If the server name callback fails in any way, the handshake fails too.

    Raises:
        TlsSetupError: no domain, a wildcard, a missing or mismatched server certificate, a
            truststore without certificates, an unknown minimum version.
    """

    def __init__(
        self,
        domains: Sequence[DomainSpec],
        server_certificates: Mapping[str, tuple[Path, Path]],
    ) -> None:
        if not domains:
            raise TlsSetupError(
                "A TLS listener needs at least one custom domain; declare one in the program."
            )
        self._domains = {
            spec.domain_name.lower(): _domain(spec, server_certificates) for spec in domains
        }
        if len(self._domains) != len(domains):
            raise TlsSetupError(
                "Two custom domains have the same name: "
                + ", ".join(sorted(spec.domain_name for spec in domains))
            )
        self._unnamed = _domain_without_server_name(self._domains)
        self._context = _context(min(d.minimum_version for d in self._domains.values()))
        self._context.set_verify(_REQUIRED, _note_certificate)
        self._context.set_tlsext_servername_callback(self._choose_domain)

    def new_connection(self, record: HandshakeRecord) -> SSL.Connection:
        """A server-side connection whose callbacks write into ``record``.

        Keep the acceptor as long as the connection: OpenSSL does not own the callbacks.
        """
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(record)
        connection.set_accept_state()
        return connection

    def verify(
        self, domain_name: str, certificate: crypto.X509, chain: Sequence[crypto.X509]
    ) -> VerifyFailure | None:
        """Why the certificate of an open connection does not chain to this acceptor's truststore.

        For a connection that another acceptor verified: its handshake has checked the certificate
        itself. None for a domain that asks for no certificate, or that is not among these: the
        gates refuse that one.
        """
        domain = self._domains.get(domain_name)
        store = None if domain is None else domain.context.get_cert_store()
        if domain is None or not domain.asks_for_certificate or store is None:
            return None
        try:
            verified = crypto.X509StoreContext(store, certificate, chain).get_verified_chain()
        except crypto.X509StoreContextError as error:
            code, depth = int(error.errors[0]), int(error.errors[1])
            return VerifyFailure(code=code, depth=depth, message=verification_text(code))
        if len(verified) - 2 > _INTERMEDIATES_LIMIT:  # the leaf and the trust anchor
            code = SSL.X509VerificationCodes.ERR_CERT_CHAIN_TOO_LONG
            return VerifyFailure(code=code, depth=len(verified), message=verification_text(code))
        weakness = _weakness([one.to_cryptography() for one in verified])
        if weakness is not None:
            return VerifyFailure(code=weakness, depth=1, message=verification_text(weakness))
        return None

    def _choose_domain(self, connection: SSL.Connection) -> None:
        # OpenSSL calls this for every ClientHello, with or without a server name in it.
        record: HandshakeRecord = connection.get_app_data()
        name = (connection.get_servername() or b"").decode("ascii", "replace").lower()
        domain = self._domains.get(name) if name else self._unnamed
        if domain is None:
            record.refuse(
                _ALERT_UNRECOGNIZED_NAME,
                f"no custom domain named {name!r}" if name else "no server name in the handshake",
            )
            return
        if connection.get_protocol_version() < domain.minimum_version:
            record.refuse(_ALERT_PROTOCOL_VERSION, f"TLS version too low for {domain.name}")
            return
        # Sets the server certificate, the truststore, the names of its issuers and ALPN. The
        # connection keeps its own verify mode, options and chain limit, which are the strict ones.
        connection.set_context(domain.context)
        if not domain.asks_for_certificate:
            connection.set_verify(SSL.VERIFY_NONE)
        record.choose(domain.name, asks_for_certificate=domain.asks_for_certificate)


def _domain_without_server_name(domains: Mapping[str, _Domain]) -> _Domain | None:
    """The domain that a client may mean that sends no server name."""
    (name, domain), *others = domains.items()
    return None if others or "." in name else domain


def _context(minimum_version: int) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(minimum_version)
    context.set_cipher_list(_CIPHERS)
    context.set_options(_OPTIONS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Never used to resume; without one OpenSSL fails, instead of ignoring, a client that tries.
    context.set_session_id(b"portcullis")
    context.set_verify_depth(_INTERMEDIATES_LIMIT)
    context.set_alpn_select_callback(_choose_protocol)
    return context


def _domain(spec: DomainSpec, server_certificates: Mapping[str, tuple[Path, Path]]) -> _Domain:
    name = spec.domain_name
    if "*" in name:
        raise TlsSetupError(
            f"Custom domain {name!r}: wildcard domains are not emulated; name the host."
        )
    if spec.minimum_tls_version not in _VERSIONS:
        raise TlsSetupError(
            f"Custom domain {name!r}: minimum TLS version {spec.minimum_tls_version!r} is not "
            f"one of {', '.join(_VERSIONS)}."
        )
    if name not in server_certificates:
        raise TlsSetupError(
            f"Custom domain {name!r} has no server certificate. Run: portcullis certs init"
        )
    context = _context(_VERSIONS[spec.minimum_tls_version])
    chain, key = server_certificates[name]
    try:
        context.use_certificate_chain_file(str(chain))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as error:
        raise TlsSetupError(
            f"Custom domain {name!r}: {chain} and {key} are not a certificate chain and its "
            f"private key ({error_text(error)}). Run: portcullis certs init"
        ) from error
    if spec.truststore_pem is not None:
        _trust(context, name, spec.truststore_pem)
        context.set_verify(_REQUIRED, _note_certificate)
    return _Domain(
        name=name.lower(),
        context=context,
        asks_for_certificate=spec.truststore_pem is not None,
        minimum_version=_VERSIONS[spec.minimum_tls_version],
    )


def _trust(context: SSL.Context, name: str, truststore_pem: bytes) -> None:
    try:
        certificates = x509.load_pem_x509_certificates(truststore_pem)
        for certificate in certificates:  # the library decodes them when they are first read
            _ = certificate.subject, certificate.extensions
    except _MALFORMED as error:
        raise TlsSetupError(
            f"Custom domain {name!r}: the truststore is not a PEM bundle of certificates ({error})."
        ) from error
    store = context.get_cert_store()
    if store is None or not certificates:
        raise TlsSetupError(f"Custom domain {name!r}: the truststore holds no certificate.")
    if len(_FRAMED.findall(truststore_pem)) != len(certificates):
        raise TlsSetupError(
            f"Custom domain {name!r}: OpenSSL does not find each certificate of the truststore. "
            "BEGIN and END must be lines of their own, without blank lines between them: "
            "portcullis certs lint FILE"
        )
    issuers = {certificate.subject: certificate for certificate in certificates}
    size = sum(len(subject.public_bytes()) + 2 for subject in issuers)
    if size > _MAX_NAME_BYTES:
        raise TlsSetupError(
            f"Custom domain {name!r}: the names in the truststore take {size:,} bytes, but a "
            f"handshake has room for {_MAX_NAME_BYTES:,}. Remove CAs that no client needs."
        )
    for certificate in certificates:
        store.add_cert(crypto.X509.from_cryptography(certificate))
    for certificate in issuers.values():
        context.add_client_ca(certificate)


def _weakness(chain: Sequence[x509.Certificate]) -> int | None:
    """The verification error of an authority that a handshake with ``_CIPHERS`` refuses.

    A context of the library's store checks neither purpose nor strength. ``chain`` begins with the
    client's certificate, which its own handshake has checked.
    """
    for authority in chain[1:]:
        try:
            key, digest = authority.public_key(), authority.signature_hash_algorithm
        except (UnsupportedAlgorithm, ValueError):
            return _CA_KEY_TOO_SMALL
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < _MIN_RSA_BITS:
            return _CA_KEY_TOO_SMALL
        if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _MIN_EC_BITS:
            return _CA_KEY_TOO_SMALL
        is_root = authority.subject == authority.issuer  # OpenSSL does not check its signature
        if not is_root and digest is not None and digest.digest_size < _MIN_DIGEST_BYTES:
            return _CA_MD_TOO_WEAK
        try:
            usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
            return _INVALID_PURPOSE
    return None


def _note_certificate(
    connection: SSL.Connection, _certificate: crypto.X509, error: int, depth: int, ok: int
) -> bool:
    record: HandshakeRecord = connection.get_app_data()
    record.note_verification(error=error if not ok else 0, depth=depth)
    return True  # the handshake goes on; the truststore gate answers 403


def _choose_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    if b"http/1.1" in offered:
        return b"http/1.1"
    names = b", ".join(offered).decode("ascii", "replace")
    raise NoCommonProtocolError(f"ALPN offered {names} only; http/1.1 is needed")
