"""The forgeries are what their names say: checked with OpenSSL's own verification."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import crypto

from portcullis.acceptance.forged import identities as identities_module
from portcullis.acceptance.forged.identities import Identities
from portcullis.acceptance.matrix.caller import REGISTERED, CaseCaller
from portcullis.acceptance.target.clients import CaseClients

FORGERIES = [
    caller
    for caller in CaseCaller
    if caller not in REGISTERED
    and caller not in (CaseCaller.NONE, CaseCaller.REVOKED, CaseCaller.UNREGISTERED)
]
READ = "pets:read"
NAMES = {
    CaseCaller.CLIENT: "pet-shop",
    CaseCaller.OTHER_CLIENT: "pet-viewer",
    CaseCaller.WITHOUT_SCOPE: "pet-breeder",
    CaseCaller.SUSPENDED: "pet-hotel",
    CaseCaller.UNREGISTERED: "stranger",
}
# X509_V_ERR_* of openssl/x509_vfy.h; the first error that the verification meets.
CODES = {
    CaseCaller.EXPIRED: {10},
    CaseCaller.NOT_YET_VALID: {9},
    CaseCaller.UNKNOWN_ISSUER: {20, 19, 2},
    CaseCaller.SELF_SIGNED: {18},
    CaseCaller.LOOKALIKE_ISSUER: {7},
    CaseCaller.ISSUED_BY_CLIENT: {24, 79, 32, 20},
}


@pytest.fixture
def identities(lab, tmp_path):
    folder = tmp_path / "forged"
    folder.mkdir()
    return Identities(lab.target(), folder)


def chain(file):
    return x509.load_pem_x509_certificates(file.read_bytes())


def verification_error(pki, certificates):
    """OpenSSL's code for the chain against the truststore, or None when it is good."""
    store = crypto.X509Store()
    for anchor in chain(pki.truststore_file):
        store.add_cert(crypto.X509.from_cryptography(anchor))
    leaf, *rest = (crypto.X509.from_cryptography(c) for c in certificates)
    try:
        crypto.X509StoreContext(store, leaf, rest).verify_certificate()
    except crypto.X509StoreContextError as error:
        return error.errors[0]
    return None


def test_no_caller_shows_nothing(identities):
    assert identities.of(CaseCaller.NONE, READ) is None
    with pytest.raises(ValueError, match="no certificate"):
        identities.thumbprint(CaseCaller.NONE, READ)


def test_clients_show_their_own_files(identities, lab):
    for caller, name in NAMES.items():
        assert identities.of(caller, READ) == lab.shown(name)


@pytest.mark.parametrize("caller", FORGERIES)
def test_a_forgery_bears_the_clients_names_and_is_made_once(identities, caller):
    presented = identities.of(caller, READ)
    assert identities.of(caller, READ) is presented
    forged, real = (chain(f)[0] for f in (presented.certificate, identities.client.certificate))
    assert forged.subject == real.subject
    san = x509.SubjectAlternativeName
    assert (
        forged.extensions.get_extension_for_class(san).value
        == real.extensions.get_extension_for_class(san).value
    )
    assert forged.public_key() != real.public_key()
    assert presented.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("caller", "codes"), CODES.items())
def test_a_forgery_fails_for_the_reason_of_its_name(identities, pki, caller, codes):
    assert verification_error(pki, chain(identities.of(caller, READ).certificate)) in codes


def test_the_real_client_does_not_fail(identities, pki):
    assert verification_error(pki, chain(identities.client.certificate)) is None


def test_the_look_alike_has_the_real_issuers_name_and_key_id(identities):
    forged, real = (
        chain(identities.of(caller, READ).certificate)[0]
        for caller in (CaseCaller.LOOKALIKE_ISSUER, CaseCaller.CLIENT)
    )
    assert forged.issuer == real.issuer
    key_id = x509.AuthorityKeyIdentifier
    assert (
        forged.extensions.get_extension_for_class(key_id).value
        == real.extensions.get_extension_for_class(key_id).value
    )


def test_a_look_alike_can_be_made_of_a_client_that_sends_no_chain(lab, pki, tmp_path):
    target = lab.target()
    leaf = tmp_path / "leaf.pem"
    shop = target.client(CaseCaller.CLIENT, READ)
    leaf.write_bytes(chain(shop.presented.certificate)[0].public_bytes(Encoding.PEM))
    shop = replace(shop, presented=replace(shop.presented, certificate=leaf))
    target = replace(target, clients=CaseClients(registered=[shop]))
    folder = tmp_path / "forged"
    folder.mkdir()
    forged = chain(Identities(target, folder).of(CaseCaller.LOOKALIKE_ISSUER, READ).certificate)
    assert len(forged) == 1
    assert forged[0].issuer == chain(leaf)[0].issuer
    assert verification_error(pki, forged) is not None


def test_each_caller_has_its_own_thumbprint(identities):
    thumbprints = {identities.thumbprint(caller, READ) for caller in [*FORGERIES, *NAMES]}
    assert len(thumbprints) == len(FORGERIES) + len(NAMES)
    assert all(len(thumbprint) == 43 for thumbprint in thumbprints)


def test_two_cases_at_once_get_the_same_forgery(identities, monkeypatch):
    """The first one waits for a second while it makes its forgery; the second must not begin."""
    second = threading.Event()
    original = identities_module._FORGERIES[CaseCaller.EXPIRED]

    def forge(made_by):
        if not first.acquire(blocking=False):
            second.set()
        second.wait(0.2)
        return original(made_by)

    first = threading.Semaphore(1)
    monkeypatch.setitem(identities_module._FORGERIES, CaseCaller.EXPIRED, forge)
    with ThreadPoolExecutor(2) as cases:
        shown = list(cases.map(lambda _: identities.thumbprint(CaseCaller.EXPIRED, READ), range(2)))
    assert not second.is_set()
    assert shown[0] == shown[1]
