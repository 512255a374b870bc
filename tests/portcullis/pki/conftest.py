"""Authorities made once per run, and the openssl command as a second opinion."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portcullis.pki import handout, hierarchy, inventory, names, signed_lists
from portcullis.pki.credential import to_pem
from portcullis.pki.handout import PfxOptions
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationReason

PET_SHOP = (names.san_uri(names.default_san_uri("pet-shop")),)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def trusted() -> Hierarchy:
    """The client hierarchy that a truststore knows."""
    return Hierarchy.create(Purpose.CLIENT)


@pytest.fixture(scope="session")
def serving() -> Hierarchy:
    """The hierarchy that signs server certificates."""
    return Hierarchy.create(Purpose.SERVER)


@pytest.fixture
def layout(tmp_path: Path) -> PkiLayout:
    return PkiLayout(tmp_path / ".portcullis" / "pki")


@pytest.fixture
def pet_shop():
    return PET_SHOP


@pytest.fixture
def leaf(trusted, pet_shop, now):
    sans = [*pet_shop, names.san_dns("shop.partner.example"), names.host("::1")]
    return trusted.issuing.issue_client("pet-shop", sans, now=now).certificate


@pytest.fixture
def files(layout):
    hierarchy.create_all(layout)
    return layout.authority(Purpose.CLIENT)


@pytest.fixture
def issued(layout):
    """What the inventory says, of one client or of all."""

    def read(client=None):
        with inventory.opened(layout) as known:
            return known.issued(client)

    return read


@pytest.fixture
def revoke(layout):
    """Revoke the client's usable certificates, or one of them."""

    def call(certificate=None, client="pet-shop", reason=RevocationReason.UNSPECIFIED):
        with inventory.opened(layout) as known:
            number = certificate and certificate.serial_number
            return signed_lists.revoke(known, known.usable(client, number), reason)

    return call


@pytest.fixture
def request_for(pet_shop):
    def make(client="pet-shop", **changes):
        return ClientRequest(**({"client": client, "names": pet_shop} | changes))

    return make


@pytest.fixture
def hand_out(layout, files, tmp_path, request_for):
    def call(request=None, *, options=None, **changes):
        return handout.hand_out(
            layout,
            request or request_for(),
            tmp_path / "out",
            options=options or PfxOptions(),
            **changes,
        )

    return call


@pytest.fixture(scope="session")
def openssl() -> Callable[..., subprocess.CompletedProcess[str]]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl command here")

    def run(*arguments: str | Path, fails: bool = False) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [program, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert fails == (done.returncode != 0), done.stderr
        return done

    return run


@pytest.fixture
def openssl_verify(openssl, tmp_path):
    """Verify a certificate with OpenSSL; returns its standard error."""

    def verify(certificate, anchors: bytes, *options: str | Path, fails: bool = False) -> str:
        leaf, bundle = tmp_path / "openssl-leaf.pem", tmp_path / "openssl-anchors.pem"
        leaf.write_bytes(to_pem(certificate))
        bundle.write_bytes(anchors)
        return openssl("verify", "-CAfile", bundle, *options, leaf, fails=fails).stderr

    return verify
