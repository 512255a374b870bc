"""`openssl verify -crl_check_all` judges the same certificates and lists.

What it calls revoked, or cannot decide, is refused here too. STRICTER is refused here alone.
"""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.authorizer.list_places import AT, Ca, InFile, certificates
from tests.authorizer.lists import scope
from tests.authorizer.test_lists_in_parts import part, shown

ROOT = Ca("Root")
MIDDLE = Ca("Middle", ROOT)
ISSUING = Ca("Issuing", MIDDLE)
IMPOSTOR = Ca("Middle")
CLIENT = ISSUING.client(serial_number=5)
OF_CAS, OF_CLIENTS = scope(only_contains_ca_certs=True), scope(only_contains_user_certs=True)


def reason_code(name):
    return {"extra_of_entries": (x509.CRLReason(name),), "critical": False}


def lists(root=(), middle=(), issuing=(), **of_issuing):
    """A list of each CA with what it revokes."""
    return ROOT.list_of(*root), MIDDLE.list_of(*middle), ISSUING.list_of(*issuing, **of_issuing)


CASES = {
    "nothing is revoked": (CLIENT, lists()),
    "the client": (CLIENT, lists(issuing=(CLIENT,))),
    "its issuer": (CLIENT, lists(middle=(ISSUING.certificate,))),
    "a CA above its issuer": (CLIENT, lists(root=(MIDDLE.certificate,))),
    "the root": (CLIENT, lists(root=(ROOT.certificate,))),
    "a number of another issuer": (CLIENT, lists(root=(CLIENT,), middle=(CLIENT,))),
    "on hold": (CLIENT, lists(issuing=(CLIENT,), **reason_code(x509.ReasonFlags.certificate_hold))),
    "removed, which only a delta list can say": (
        CLIENT,
        lists(issuing=(CLIENT,), **reason_code(x509.ReasonFlags.remove_from_crl)),
    ),
    "no list of its issuer": (CLIENT, lists()[:2]),
    "a CA in a list of CAs": (
        CLIENT,
        (ROOT.list_of(MIDDLE.certificate, extra=(OF_CAS,)), *lists()[1:]),
    ),
    "no CA in a list of CAs": (CLIENT, (ROOT.list_of(extra=(OF_CAS,)), *lists()[1:])),
    "a list of clients": (CLIENT, lists(extra=(OF_CLIENTS,))),
    "a client in a list of clients": (CLIENT, lists(issuing=(CLIENT,), extra=(OF_CLIENTS,))),
    "a list of CAs for a client": (CLIENT, lists(extra=(OF_CAS,))),
    "its part": (shown(ISSUING, 1), lists(extra=(part(1),))),
    "another part": (shown(ISSUING, 2), lists(extra=(part(1),))),
    "no part named": (CLIENT, lists(extra=(part(1),))),
    "a key under the name of a CA": (IMPOSTOR.client(), lists()),
}
STRICTER = {"removed, which only a delta list can say"}


def openssl_accepts(folder, truststore, crls, client):
    files = {"ca.pem": truststore, "lists.pem": crls, "client.pem": [client]}
    for name, content in files.items():
        (folder / name).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in content))
    words = ("-CAfile", "ca.pem", "-CRLfile", "lists.pem", "-crl_check_all", "client.pem")
    done = subprocess.run(
        ["openssl", "verify", "-attime", str(int(AT)), *words],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("case", CASES)
def test_what_openssl_refuses_is_refused(case, make_bench, tmp_path):
    client, crls = CASES[case]
    truststore = certificates(ISSUING, MIDDLE, ROOT)
    place = InFile(make_bench, tmp_path)
    place.take_in(truststore, *crls)
    is_accepted = place.reason(client) == "ok"
    expected = openssl_accepts(tmp_path, truststore, crls, client)
    assert is_accepted == (expected and case not in STRICTER)
