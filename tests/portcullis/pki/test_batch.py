"""Many certificates at once: whatever stops a run, the next one completes it, nothing doubled."""

import shutil
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from portcullis import files as disk
from portcullis.pki import atomic, batch, hierarchy, inventory, keys, names, pfx
from portcullis.pki.batch import Batch, Order
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import Purpose

CLIENTS = ("a", "b.x", "c", "d", "e")


def orders_for(*clients, **changes):
    return [
        Order(
            request=ClientRequest(
                client=client, names=(names.san_uri(names.default_san_uri(client)),), **changes
            )
        )
        for client in clients
    ]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def run(layout, files, out, monkeypatch):
    """One run; answers how many were finished, issued, and there already."""
    monkeypatch.setattr(batch, "BATCH", 2)
    monkeypatch.setattr(batch.os, "sync", lambda: None)

    def call(orders, *, with_pfx=False, replace=False, now=None):
        with inventory.opened(layout) as known:
            made = Batch(known, out, with_pfx=with_pfx, now=now)
            atomic.remove_drafts(layout.folder)
            finished = made.finish_interrupted()
            plan = made.plan(orders, replace=replace)
            return finished, len(list(made.run(plan.to_issue))), len(plan.existing)

    return call


def complete(out, issued, clients=CLIENTS):
    """Every client has one certificate on record, and the files that belong to it."""
    assert sorted(one.client for one in issued()) == sorted(clients)
    for one in issued():
        leaf, issuer = x509.load_pem_x509_certificates((out / f"{one.client}.pem").read_bytes())
        assert leaf == one.certificate
        leaf.verify_directly_issued_by(issuer)
        key = out / f"{one.client}.key"
        assert keys.belongs(keys.from_pem(key.read_bytes()), leaf.public_key())
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    return not [path for path in out.iterdir() if path.suffix not in {".pem", ".key"}]


def test_all_are_issued_once(run, out, issued):
    assert run(orders_for(*CLIENTS)) == (0, 5, 0)
    assert complete(out, issued)
    assert run(orders_for(*CLIENTS)) == (0, 0, 5)
    assert run(orders_for(*CLIENTS, "f")) == (0, 1, 5)


class Stopped(BaseException):
    """In place of SIGKILL."""


class Steps:
    """Counts calls, and stops at one of them."""

    def begin(self, last):
        self.done, self.last = 0, last

    def counted(self, real):
        def call(*arguments, **options):
            self.done += 1
            if self.done == self.last:
                raise Stopped
            return real(*arguments, **options)

        return call


@pytest.mark.parametrize("has_old_files", [False, True], ids=["new", "replacing"])
def test_a_run_that_stops_at_any_step_is_completed_by_the_next(
    run, issued, layout, monkeypatch, has_old_files
):
    """From the same beginning, each call that changes the disk is the last one once."""
    out, clients = layout.folder.parents[1] / "out", CLIENTS[:3]
    shutil.copytree(layout.folder, layout.folder.with_name("pki.kept"))
    steps = Steps()
    monkeypatch.setattr(disk, "create", steps.counted(disk.create))
    monkeypatch.setattr(atomic.Path, "rename", steps.counted(atomic.Path.rename))
    monkeypatch.setattr(inventory.Inventory, "add", steps.counted(inventory.Inventory.add))
    last, has_stopped = 0, True
    while has_stopped:
        shutil.rmtree(layout.folder)
        shutil.copytree(layout.folder.with_name("pki.kept"), layout.folder)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        for name in ("a.pem", "a.key", "a.pfx") if has_old_files else ():
            (out / name).write_bytes(b"old")
        last += 1
        steps.begin(last)
        try:
            run(orders_for(*clients), replace=has_old_files)
            has_stopped = False
        except Stopped:
            steps.begin(None)
            run(orders_for(*clients), replace=has_old_files)
        aside = list(out.glob("*.replaced-*"))
        assert [path.read_bytes() for path in aside] == [b"old"] * (3 if has_old_files else 0)
        for path in aside:
            path.unlink()
        assert complete(out, issued, clients), f"stopped at step {last}"
    assert last > 20


def test_pfx_files_open_with_the_passphrase_beside_them(run, out):
    run(orders_for("a"), with_pfx=True)
    phrase = (out / "a.pfx.passphrase").read_text().strip()
    assert len(pfx.certificates((out / "a.pfx").read_bytes(), phrase)) == 2
    for name in ("a.pfx", "a.pfx.passphrase"):
        assert stat.S_IMODE((out / name).stat().st_mode) == 0o600
    assert run(orders_for("a"), with_pfx=True) == (0, 0, 1)


def test_the_key_of_a_signing_request_stays_with_the_partner(run, out):
    key = keys.generate()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (order,) = orders_for("a")
    order = Order(request=order.request, csr=csr)
    assert run([order]) == (0, 1, 0)
    assert [path.name for path in out.iterdir()] == ["a.pem"]
    leaf = x509.load_pem_x509_certificate((out / "a.pem").read_bytes())
    assert leaf.public_key() == key.public_key()
    assert run([order]) == (0, 0, 1)


def other_names(run, layout, out, revoke):
    order = orders_for("b.x")[0].request
    return [Order(request=ClientRequest(client="a", names=order.names))]


def revoked(run, layout, out, revoke):
    revoke(client="a")
    return orders_for("a")


def replaced_authority(run, layout, out, revoke):
    hierarchy.create_all(layout, [Purpose.CLIENT], replace=True)
    return orders_for("a")


def another_key(run, layout, out, revoke):
    (out / "a.key").write_bytes(keys.to_pem(keys.generate()))
    return orders_for("a")


def damaged(run, layout, out, revoke):
    (out / "a.pem").write_bytes(b"damaged")
    return orders_for("a")


def key_alone(run, layout, out, revoke):
    (out / "a.pem").unlink()
    return orders_for("a")


@pytest.mark.parametrize(
    "change", [other_names, revoked, replaced_authority, another_key, damaged, key_alone]
)
def test_files_that_are_not_what_is_asked_for_stop_the_run_before_it_begins(
    run, layout, revoke, issued, change
):
    out = layout.folder.parents[1] / "out"
    run(orders_for("a"))
    orders = change(run, layout, out, revoke)
    before = {path: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OutputExistsError, match="add --force"):
        run([*orders_for("z"), *orders])
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    assert len(issued()) == 1
    assert run(orders, replace=True) == (0, 1, 0)
    kept = {path.read_bytes() for path in out.glob("*.replaced-*")}
    assert kept == set(before.values())


def test_an_expired_certificate_is_not_what_is_asked_for(run, now):
    run(orders_for("a", lifetime=timedelta(hours=1)))
    with pytest.raises(OutputExistsError):
        run(orders_for("a"), now=now + timedelta(hours=2))


def test_a_plan_writes_nothing(layout, files, out):
    with inventory.opened(layout) as known:
        plan = Batch(known, out).plan(orders_for("a"))
    assert [order.request.client for order in plan.to_issue] == ["a"]
    assert not out.exists()
