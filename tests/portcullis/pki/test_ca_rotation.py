"""The client authority is replaced step by step: interrupted, repeated and turned back."""

import shutil
from datetime import timedelta

import boto3
import pytest
from cryptography import x509
from moto import mock_aws

from portcullis import files as disk
from portcullis.pki import (
    atomic,
    ca_rotation,
    handout,
    hierarchy,
    inventory,
    kms_key,
    truststore,
)
from portcullis.pki.batch import Batch
from portcullis.pki.ca_rotation import CaRotationStep, RotationError
from portcullis.pki.generations import generations
from portcullis.pki.handout import PfxOptions
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import Purpose


@pytest.fixture
def stack_file(layout, tmp_path):
    """The file that the stack deploys: our authority's certificates and those of a partner's."""
    hierarchy.create_all(
        layout, [Purpose.CLIENT], key_type=KeyType.RSA_2048, organization="Example Pets"
    )
    partner = Hierarchy.create(Purpose.CLIENT, organization="Partner")
    path = tmp_path / "truststore.prod.pem"
    ours = layout.truststore.read_bytes()
    path.write_bytes(ours + partner.anchors_pem(Purpose.CLIENT))
    return path


def authorities(path):
    """The organisations and issuing CAs in a truststore."""
    certificates = x509.load_pem_x509_certificates(path.read_bytes())
    assert not truststore.has_errors(truststore.lint(path.read_bytes()))
    return {c.subject.rfc4514_string() for c in certificates if "issuing" in str(c.subject)}


def names(layout):
    return [one.issuing.subject.rfc4514_string() for one in generations(layout)]


def at_step(layout, stack_file, wanted, kms=""):
    state = ca_rotation.begin(layout, stack_file, kms)
    for step, take in (
        (CaRotationStep.ADD, ca_rotation.add),
        (CaRotationStep.DEPLOY_BOTH, ca_rotation.deployed),
        (CaRotationStep.ISSUE, ca_rotation.issued),
        (CaRotationStep.WATCH, ca_rotation.remove),
    ):
        if state.step is wanted:
            break
        assert state.step is step
        state = take(layout, ca_rotation.load(layout))
    assert state.step is wanted
    return state


def test_the_truststore_holds_both_until_the_old_authority_goes(layout, stack_file):
    before = authorities(stack_file)
    (old,) = names(layout)
    at_step(layout, stack_file, CaRotationStep.WATCH)
    new, replaced = names(layout)
    assert replaced == old
    assert authorities(stack_file) == before | {new}
    assert new.endswith("O=Example Pets")
    assert hierarchy.load(layout, Purpose.CLIENT).issuing.key.key_size == 2048
    state = ca_rotation.remove(layout, ca_rotation.load(layout))
    assert authorities(stack_file) == before - {old} | {new}
    assert ca_rotation.deployed(layout, state) is None
    assert ca_rotation.load(layout) is None


def test_the_file_of_the_pki_folder_may_be_the_one_that_is_deployed(layout, stack_file):
    (old,) = names(layout)
    at_step(layout, layout.truststore, CaRotationStep.DEPLOY_BOTH)
    assert authorities(layout.truststore) == {old, names(layout)[0]}


def test_a_successor_is_asked_for_where_a_client_has_none(
    layout, stack_file, tmp_path, request_for, revoke
):
    def give(client):
        options = PfxOptions(passphrase="correct horse")
        request = request_for(client, lifetime=timedelta(days=10))
        handout.hand_out(layout, request, tmp_path / "out", options=options, replace=True)

    for client in ("a", "b", "gone"):
        give(client)
    revoke(client="gone")
    state = at_step(layout, stack_file, CaRotationStep.ISSUE)
    give("b")
    with inventory.opened(layout) as known:
        orders = ca_rotation.orders(known, state)
        assert [order.request.client for order in orders] == ["a"]
        list(Batch(known, layout.folder / "renewed").run(orders))
        assert ca_rotation.orders(known, state) == []


@pytest.mark.parametrize(
    "step", [s for s in CaRotationStep if s is not CaRotationStep.ADD], ids=lambda s: s.name
)
def test_from_every_step_there_is_a_way_back(layout, stack_file, step):
    before = authorities(stack_file)
    (old,) = names(layout)
    state = at_step(layout, stack_file, step)
    (new, _) = names(layout)
    state = ca_rotation.turn_back(layout, state)
    assert state.step is CaRotationStep.DEPLOY_BOTH
    assert ca_rotation.turn_back(layout, ca_rotation.load(layout)) == state
    assert authorities(stack_file) == before | {new}
    assert names(layout)[0] == old  # it issues again
    state = ca_rotation.issued(layout, ca_rotation.deployed(layout, state))
    state = ca_rotation.remove(layout, state)
    assert authorities(stack_file) == before
    assert ca_rotation.deployed(layout, state) is None


def test_a_rotation_that_has_changed_nothing_just_ends(layout, stack_file):
    before = stack_file.read_bytes()
    state = ca_rotation.begin(layout, stack_file)
    assert ca_rotation.turn_back(layout, state) is None
    assert ca_rotation.load(layout) is None
    assert stack_file.read_bytes() == before


def test_the_truststore_comes_back_where_an_interruption_had_moved_it_aside(layout, stack_file):
    before = stack_file.read_bytes()
    state = ca_rotation.begin(layout, stack_file)
    atomic.move_aside(stack_file)  # the first thing that making an authority does
    assert ca_rotation.turn_back(layout, state) is None
    assert stack_file.read_bytes() == before


def test_a_stack_that_does_not_trust_this_authority_is_refused(layout, stack_file, trusted):
    stack_file.write_bytes(trusted.anchors_pem(Purpose.CLIENT))
    with pytest.raises(RotationError, match="does not hold the issuing CA"):
        ca_rotation.begin(layout, stack_file)
    assert ca_rotation.load(layout) is None


def test_a_damaged_state_is_an_error_and_no_new_rotation(layout, stack_file):
    ca_rotation.begin(layout, stack_file)
    layout.rotation.write_bytes(b"{}")
    with pytest.raises(RotationError, match="Restore it from a backup"):
        ca_rotation.load(layout)


class Stopped(BaseException):
    """In place of SIGKILL."""


@pytest.mark.parametrize("is_in_kms", [False, True], ids=["files", "KMS"])
@pytest.mark.parametrize("turns_back", [False, True], ids=["forward", "back"])
def test_a_step_that_is_interrupted_anywhere_is_completed_by_repeating_it(
    layout, tmp_path, monkeypatch, kms, *, turns_back, is_in_kms
):
    """Every rename is the last one once, from the same beginning; all in the deployed file."""
    key = kms_key.connect(kms()) if is_in_kms else None
    hierarchy.create_all(layout, [Purpose.CLIENT], issuing_key=key)
    (old,) = names(layout)
    step = CaRotationStep.DEPLOY_ONE if turns_back else CaRotationStep.ADD
    at_step(layout, layout.truststore, step, kms() if is_in_kms else "")
    shutil.copytree(layout.folder, tmp_path / "kept")
    real, calls = disk.Path.rename, [0, 0]

    def rename(self, target):
        calls[0] += 1
        if calls[0] == calls[1]:
            raise Stopped
        return real(self, target)

    monkeypatch.setattr(disk.Path, "rename", rename)
    take = ca_rotation.turn_back if turns_back else ca_rotation.add
    last, has_stopped = 0, True
    while has_stopped:
        shutil.rmtree(layout.folder)
        shutil.copytree(tmp_path / "kept", layout.folder)
        last += 1
        calls[:] = [0, last]
        has_stopped = False
        try:
            take(layout, ca_rotation.load(layout))
        except Stopped:
            has_stopped = True
            calls[:] = [0, 0]
            atomic.remove_drafts(layout.folder)
            take(layout, ca_rotation.load(layout))
        state = ca_rotation.load(layout)
        assert state.step is CaRotationStep.DEPLOY_BOTH
        present, replaced = names(layout)
        assert (old == present) is turns_back, last
        assert authorities(layout.truststore) == {present, replaced}
        assert hierarchy.load(layout, Purpose.CLIENT)
    assert last > (3 if turns_back else 5)


@pytest.fixture
def kms(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("kms", region_name="eu-central-1")

        def new_key():
            made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
            return made["KeyMetadata"]["Arn"]

        yield new_key


@pytest.fixture
def in_kms(layout, kms):
    """An authority in KMS, trusted by the file that is deployed; and the ARN of its key."""
    arn = kms()
    hierarchy.create_all(layout, [Purpose.CLIENT], issuing_key=kms_key.connect(arn))
    return arn


def test_an_authority_in_kms_is_replaced_by_one_with_another_key_there(layout, in_kms, kms):
    arn = kms()
    state = ca_rotation.begin(layout, layout.truststore, arn)
    ca_rotation.add(layout, ca_rotation.load(layout))
    assert state.kms == arn
    issuing = hierarchy.load(layout, Purpose.CLIENT).issuing
    assert kms_key.arn_of(issuing.key) == arn
    new = issuing.issue_client("shop", []).certificate
    new.verify_directly_issued_by(issuing.certificate)
    back = ca_rotation.turn_back(layout, ca_rotation.load(layout))
    assert back.step is CaRotationStep.DEPLOY_BOTH
    assert kms_key.arn_of(hierarchy.load(layout, Purpose.CLIENT).issuing.key) == in_kms


def test_an_authority_in_kms_needs_another_key(layout, in_kms):
    with pytest.raises(RotationError, match="Make another KMS key"):
        ca_rotation.begin(layout, layout.truststore)
    with pytest.raises(RotationError, match="Make another one"):
        ca_rotation.begin(layout, layout.truststore, in_kms)
    assert ca_rotation.load(layout) is None
