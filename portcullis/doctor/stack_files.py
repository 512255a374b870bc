"""Checks a stack's truststore, allow-list, client registry and revocation list."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509

from portcullis import registry
from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.doctor.expiring import described, ending
from portcullis.doctor.stack_under_check import StackUnderCheck
from portcullis.pki import certificate_file, expiry, truststore
from portcullis.pki.clock import moment
from portcullis.pki.expiry import ExpiryKind
from portcullis.registry import RegistryError
from portcullis.registry.revocation_lists import verified
from portcullis.registry.revocation_lists.verified import CrlError
from portcullis.settings.groups.web_acl import WebAclSettings
from portcullis.settings.networks import MAX_CIDRS_PER_FAMILY

EXAMPLE = "truststore.example.pem"
REVOCATION_LIST = "revocation list"
Network = IPv4Network | IPv6Network
EXAMPLE_NETWORKS = [  # RFC 5737 and RFC 3849
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def check_stack_files(
    stack: StackUnderCheck, *, now: datetime | None = None
) -> Iterator[Diagnosis]:
    now = moment(now)
    issuers: list[x509.Certificate] = []
    if stack.domain is not None:
        path = stack.project / stack.domain.truststore_file
        if not path.exists() and not stack.deploys:
            yield skipped("truststore", f"{path} is made by: portcullis up")
        else:
            lines, issuers = _truststore(path, stack.project / EXAMPLE, now)
            yield from lines
    if stack.web_acl is not None and stack.deploys:
        yield _allow_list(stack.web_acl)
    if stack.clients is not None:
        yield _clients(stack.registry_file(stack.clients))
        if stack.clients.crl_file and issuers:
            path = stack.project / stack.clients.crl_file
            has_urls = bool(stack.clients.crl_urls)
            fix = expiry.deployed_list_fix(path, stack.stack, has_urls=has_urls)
            yield from _crl(path, issuers, now, fix)


def _truststore(
    path: Path, example: Path, now: datetime
) -> tuple[list[Diagnosis], list[x509.Certificate]]:
    """The lines, and the issuers of a truststore without errors."""
    own = "Run: portcullis certs init --ca client, and deploy its truststore.pem"
    try:
        pem = path.read_bytes()
    except OSError as error:
        return [fail("truststore", f"{path} cannot be read: {error.strerror}", own)], []
    if example.is_file() and pem == example.read_bytes():
        return [fail("truststore", f"{path} is the example, whose key does not exist", own)], []
    findings = truststore.lint(pem, now=now)
    lines = [_finding(path, finding) for finding in findings]
    if truststore.has_errors(findings):
        return lines, []
    issuers = certificate_file.certificates(pem)
    first = min(issuer.not_valid_after_utc for issuer in issuers)
    text = f"{path}: issuers: {len(issuers)}, the first ends {first:%Y-%m-%d}"
    return lines or [ok("truststore", text)], issuers


def _finding(path: Path, finding: truststore.Finding) -> Diagnosis:
    text = f"{path}: {finding.subject}: {finding.code}"
    if finding.severity is truststore.Severity.ERROR:
        return fail("truststore", text, finding.message)
    return warn("truststore", text, finding.message)


def _allow_list(web_acl: WebAclSettings) -> Diagnosis:
    networks = [ip_network(cidr) for cidr in web_acl.allowed_cidrs]
    counts = Counter(network.version for network in networks)
    text = ", ".join(
        f"IPv{version}: {count} of {MAX_CIDRS_PER_FAMILY:,} networks"
        for version, count in sorted(counts.items())
    )
    examples = [str(n) for n in networks if any(_is_within(n, e) for e in EXAMPLE_NETWORKS)]
    if examples:
        return warn(
            "allow-list",
            f"{text}; reserved for documentation: {', '.join(examples)}",
            "Set those of the partners: pulumi config set --path 'portcullis:allowedCidrs[0]' CIDR",
        )
    return ok("allow-list", text)


def _is_within(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(other, IPv4Network):
        return network.subnet_of(other)
    if isinstance(network, IPv6Network) and isinstance(other, IPv6Network):
        return network.subnet_of(other)
    return False


def _clients(path: Path) -> Diagnosis:
    try:
        found = registry.load(path, known_scopes=None)
    except RegistryError as error:
        return fail("clients", str(error))
    if not found.clients:
        return warn(
            "clients",
            f"{path} lists no client, so every call is refused",
            "Run: portcullis clients add CLIENT",
        )
    return ok("clients", f"{path}: clients: {len(found.clients)}")


def _crl(
    path: Path, issuers: list[x509.Certificate], now: datetime, fix: str
) -> Iterator[Diagnosis]:
    try:
        lists = verified.load_in_use(path, issuers)
    except CrlError as error:
        yield fail(REVOCATION_LIST, str(error), fix)
        return
    expiries = [
        expiry.of_period(
            ExpiryKind.LIST,
            str(one.issuer),
            (one.this_update, one.next_update),
            now,
            fix=fix,
            file=path,
        )
        for one in lists
    ]
    due = list(ending(REVOCATION_LIST, expiries))
    yield from due
    if expiries and not due:
        yield ok(REVOCATION_LIST, described(min(expiries, key=lambda one: one.not_after)))
