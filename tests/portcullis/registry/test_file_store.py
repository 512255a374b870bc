"""A change touches the lines it concerns, is checked, and loses nobody else's change."""

import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.registry import (
    Client,
    ClientStatus,
    DistinguishedName,
    Identity,
    IdentityKind,
    RegistryError,
    RevokedSerialNumber,
    load,
)
from portcullis.registry.file_store import FileStore
from portcullis.registry.store import (
    ConflictError,
    EditError,
    Revocation,
    add,
    remove,
    revoke,
    set_status,
    unrevoke,
    unrevoke_client,
)
from portcullis.registry.yaml_lines import scalar

SCOPES = {"pets:read", "pets:write"}
FILE = """\
# Who may call.
clients:
  # the first one
  - id: pet-shop   # sells
    match:
      - sanUri: spiffe://a/pet-shop
    scopes: [pets:read]
    status: active   # paid

  # the second one
  - id: pet-hotel
    match: [{sanUri: "spiffe://a/pet-hotel"}]
    scopes:
      - pets:read
    status: suspended
# the end
"""


def client(client_id="new", **changes):
    values = {
        "id": client_id,
        "description": "",
        "match": (Identity(kind=IdentityKind.SAN_URI, value=f"spiffe://a/{client_id}"),),
        "pins": (),
        "scopes": ("pets:read",),
        "status": ClientStatus.ACTIVE,
    }
    return Client(**(values | changes))


@pytest.fixture
def edited(tmp_path):
    def edit(change, text=FILE, *, write=True):
        path = tmp_path / "clients.test.yaml"
        path.write_text(text)
        plan = FileStore(path, known_scopes=SCOPES).plan(change)
        if write:
            plan.write()
        return path.read_text(), plan.diff

    return edit


def changed(diff):
    return [line for line in diff.splitlines()[2:] if line[0] in "+-"]


def test_suspending_changes_one_word(edited):
    text, diff = edited(set_status("pet-shop", ClientStatus.SUSPENDED))
    assert text == FILE.replace("status: active   # paid", "status: suspended   # paid")
    assert changed(diff) == ["-    status: active   # paid", "+    status: suspended   # paid"]


def test_what_is_so_already_changes_nothing(edited):
    assert edited(set_status("pet-hotel", ClientStatus.SUSPENDED)) == (FILE, "")


def test_a_new_client_stands_at_the_end_of_the_list(edited, tmp_path):
    text, diff = edited(add(client(description="Says: hello # there")))
    assert text.startswith(FILE.removesuffix("# the end\n"))
    assert text.endswith("# the end\n")
    assert all(line.startswith("+") for line in changed(diff))
    registry = load(tmp_path / "clients.test.yaml", known_scopes=SCOPES)
    assert client(description="Says: hello # there") in registry.clients


@pytest.mark.parametrize("text", ["clients: []\n", "clients: []  # nobody yet", "clients: []"])
def test_the_first_client_of_all(edited, text):
    assert "  - id: new\n" in edited(add(client()), text)[0]


def test_a_comment_beside_a_list_stays_when_the_list_fills_and_empties(edited):
    text = "clients: []  # nobody yet\n"
    full, _ = edited(add(client()), text)
    assert full.startswith("clients:  # nobody yet\n  - id: new\n")
    assert edited(remove("new"), full)[0] == text


def test_an_empty_list_on_several_lines_is_left_to_a_person(edited):
    with pytest.raises(EditError, match="by hand"):
        edited(add(client()), "clients: [  # nobody yet\n  ]\n")


def test_a_list_that_is_not_indented_stays_so(edited):
    text = (
        "clients:\n- id: a\n  match: [{sanUri: 'x:a'}]\n  scopes: [pets:read]\n  status: active\n"
    )
    assert "\n- id: new\n  match:\n" in edited(add(client()), text)[0]


def test_removing_takes_the_clients_lines_and_no_others(edited):
    text, _ = edited(remove("pet-shop"))
    assert "pet-shop" not in text
    assert "# the second one\n  - id: pet-hotel\n" in text


def test_removing_the_last_client_leaves_an_empty_list(edited):
    text, _ = edited(remove("pet-shop"))
    text, _ = edited(remove("pet-hotel"), text)
    assert "clients: []\n" in text


def test_revoking_adds_a_list_where_there_is_none(edited):
    text, _ = edited(revoke(Revocation(certificate="t" * 43, reason="stolen: laptop")))
    assert text == FILE + f'revoked:\n  - thumbprint: {"t" * 43}\n    reason: "stolen: laptop"\n'
    number = RevokedSerialNumber(
        issuer=DistinguishedName.of([("2.5.4.3", "A, B"), ("1.2.3", "no")]), serial_number="1f"
    )
    text, _ = edited(revoke(Revocation(certificate=number)), text)
    assert text.endswith('serialNumber: "1f"\n') or text.endswith("serialNumber: 1f\n")
    assert edited(revoke(Revocation(certificate=number)), text)[1] == ""


NUMBER = RevokedSerialNumber(
    issuer=DistinguishedName.of([("2.5.4.3", "A, B"), ("1.2.3", "no")]), serial_number="1f"
)


@pytest.mark.parametrize("certificate", ["t" * 43, NUMBER], ids=["thumbprint", "serial number"])
def test_a_mistaken_revocation_is_taken_back_and_no_other(edited, certificate):
    others = FILE + f"revoked:\n  # stays\n  - thumbprint: {'u' * 43}\n    reason: theft\n"
    text, _ = edited(revoke(Revocation(certificate=certificate, reason="a slip")), others)
    text, _ = edited(unrevoke(certificate), text)
    assert text == others
    with pytest.raises(EditError, match="not revoked here"):
        edited(unrevoke(certificate), text)


def test_taking_back_the_last_revocation_leaves_an_empty_list(edited):
    text, _ = edited(revoke(Revocation(certificate=NUMBER)))
    text, _ = edited(unrevoke(NUMBER), text)
    assert text == FILE + "revoked: []\n"
    assert edited(revoke(Revocation(certificate="t" * 43)), text)[0].count("revoked:") == 1


def test_a_certificate_that_was_revoked_twice_is_taken_back_whole(edited):
    twice = f"  - thumbprint: {'t' * 43}\n"
    text, _ = edited(unrevoke("t" * 43), FILE + "revoked:\n" + twice + twice)
    assert text == FILE + "revoked: []\n"


def test_a_revoked_client_is_not_resumed_but_its_revocation_may_be_taken_back(edited):
    text, _ = edited(set_status("pet-shop", ClientStatus.REVOKED))
    assert "status: revoked   # paid" in text
    for status in (ClientStatus.ACTIVE, ClientStatus.SUSPENDED):
        with pytest.raises(EditError, match="clients unrevoke pet-shop"):
            edited(set_status("pet-shop", status), text)
    assert edited(set_status("pet-shop", ClientStatus.REVOKED), text)[1] == ""
    assert "status: suspended   # paid" in edited(unrevoke_client("pet-shop"), text)[0]
    with pytest.raises(EditError, match="not revoked, but suspended"):
        edited(unrevoke_client("pet-hotel"), text)


@pytest.mark.parametrize(
    ("plans", "rate_plan", "message"),
    [
        ({"gold"}, None, "has no rate plan"),
        ({"gold", "iron"}, "silver", "the stack has: gold, iron"),
        (set(), "gold", "the stack has: none"),
    ],
)
def test_a_client_needs_a_rate_plan_of_its_stack(edited, plans, rate_plan, message):
    with pytest.raises(EditError, match=message):
        edited(add(client(rate_plan=rate_plan), rate_plans=plans))


@pytest.mark.parametrize(
    ("plans", "rate_plan"), [({"gold"}, "gold"), (set(), None), (None, "gold"), (None, None)]
)
def test_a_rate_plan_that_fits_or_cannot_be_checked_is_taken(edited, plans, rate_plan):
    text, _ = edited(add(client(rate_plan=rate_plan), rate_plans=plans))
    assert ("ratePlan: gold" in text) is (rate_plan == "gold")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            add(client("pet-shop", match=(Identity(kind=IdentityKind.SAN_URI, value="x:y"),))),
            "already",
        ),
        (
            add(client(match=(Identity(kind=IdentityKind.SAN_URI, value="spiffe://a/pet-shop"),))),
            "leads to client pet-shop already",
        ),
        (set_status("nobody", ClientStatus.ACTIVE), "no client 'nobody'"),
        (remove("nobody"), "no client 'nobody'"),
    ],
    ids=["id taken", "name taken", "unknown", "unknown too"],
)
def test_a_change_that_makes_no_sense_is_refused(edited, change, message):
    with pytest.raises(EditError, match=message):
        edited(change)


@pytest.mark.parametrize(
    "wrong",
    [
        client("Upper"),
        client(scopes=("pets:eat",)),
        client(scopes=()),
        client(pins=("short",)),
        client(match=()),
        client(description="two\nlines"),
    ],
    ids=["id", "scope", "no scope", "pin", "no name", "line break"],
)
def test_a_client_that_the_file_would_refuse_is_not_written(edited, tmp_path, wrong):
    with pytest.raises((RegistryError, EditError)):
        edited(add(wrong))
    assert (tmp_path / "clients.test.yaml").read_text() == FILE


def test_a_list_on_one_line_is_left_to_a_person(edited):
    text = 'clients: [{id: a, match: [{sanUri: "x:a"}], scopes: [pets:read], status: active}]\n'
    with pytest.raises(EditError, match="stands on one line"):
        edited(add(client()), text)
    assert "status: suspended" in edited(set_status("a", ClientStatus.SUSPENDED), text)[0]


@pytest.mark.parametrize(
    "change",
    [
        set_status("pet-shop", ClientStatus.SUSPENDED),
        add(client()),
        remove("pet-shop"),
        revoke(Revocation(certificate="t" * 43, reason="lost")),
    ],
    ids=["status", "add", "remove", "revoke"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_file_keeps_its_line_ends_and_its_byte_order_mark(tmp_path, change, end, mark):
    def outcome(text):
        path = tmp_path / "clients.test.yaml"
        path.write_bytes(text.encode())
        FileStore(path).plan(change).write()
        return path.read_bytes().decode()

    expected = outcome(FILE).replace("\n", end)
    assert outcome(mark + FILE.replace("\n", end)) == mark + expected


def test_what_the_file_would_refuse_is_told_by_its_own_name(edited, tmp_path):
    for change in (revoke(Revocation(certificate="short")), add(client(description="\udcff"))):
        with pytest.raises(EditError) as caught:
            edited(change)
        assert tempfile.gettempdir() not in str(caught.value).replace(str(tmp_path), "")


def test_a_status_on_several_lines_is_left_to_a_person(edited):
    text = FILE.replace("status: suspended", "status: >-\n      suspended")
    with pytest.raises(EditError, match="stands on several lines"):
        edited(set_status("pet-hotel", ClientStatus.ACTIVE), text)


def test_a_dry_run_writes_nothing(edited):
    text, diff = edited(remove("pet-shop"), write=False)
    assert text == FILE
    assert "-  - id: pet-shop   # sells" in diff


def test_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "clients.test.yaml"
    path.write_text(FILE)
    path.chmod(0o640)
    store = FileStore(path)
    first, second = store.plan(add(client("one"))), store.plan(add(client("two")))
    first.write()
    with pytest.raises(ConflictError, match="Run the command again"):
        second.write()
    store.plan(add(client("two"))).write()
    assert {"one", "two"} <= {c.id for c in store.read().clients}
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["clients.test.yaml"]


TEXT = st.text(st.characters(blacklist_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)


@given(TEXT)
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("registry") / "clients.yaml"
    path.write_text("clients: []\n")
    store = FileStore(path)
    plan = store.plan(add(client(description=text)))
    plan.write()
    assert store.read().clients[0].description == text


@pytest.mark.parametrize(
    "word", ["no", "Null", "1e3", "a: b", "a #b", "-", "", "ünï", "a, b", "{x}"]
)
def test_what_yaml_would_read_otherwise_is_quoted(word):
    assert scalar(word).startswith('"')


@pytest.mark.parametrize(("known", "is_accepted"), [(9_999, True), (10_000, False)])
def test_a_file_takes_10_000_clients(edited, known, is_accepted):
    text = "clients:\n" + "".join(
        f"  - {{id: c{n}, match: [{{sanUri: 'a:{n}'}}], scopes: [pets:read], status: active}}\n"
        for n in range(known)
    )
    if is_accepted:
        assert "- id: new\n" in edited(add(client()), text)[0]
        return
    with pytest.raises(EditError) as caught:
        edited(add(client()), text)
    assert "would hold 10,001 clients, and a registry file may hold 10,000" in str(caught.value)
    assert str(caught.value).endswith("pulumi config set portcullis:registry dynamodb")
    assert "status: suspended" in edited(set_status("c7", ClientStatus.SUSPENDED), text)[0]
