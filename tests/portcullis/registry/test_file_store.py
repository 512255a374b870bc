"""A change touches the lines it concerns, is checked, and loses nobody else's change."""

import tempfile

import pytest

from portcullis.registry import (
    ClientStatus,
    DistinguishedName,
    RegistryError,
    RevokedSerialNumber,
    file_store,
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
    set_scopes,
    set_status,
    together,
    unrevoke,
)
from tests.portcullis.registry.making import FILE, SCOPES, client


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


def test_scopes_are_replaced_in_the_form_that_they_have(edited):
    wanted = ("pets:write", "pets:read")
    text, _ = edited(set_scopes("pet-shop", wanted))
    assert text == FILE.replace("[pets:read]", "[pets:write, pets:read]")
    text, _ = edited(set_scopes("pet-hotel", wanted))
    assert text == FILE.replace("      - pets:read\n", "      - pets:write\n      - pets:read\n")
    assert edited(set_scopes("pet-hotel", ("pets:read",)))[1] == ""


@pytest.mark.parametrize("scopes", ["\n      - pets:read   # why", " [\n      pets:read]"])
def test_scopes_with_a_comment_or_a_broken_line_are_left_to_a_person(edited, scopes):
    text = FILE.replace("\n      - pets:read", scopes)
    with pytest.raises(EditError, match="the scopes of pet-hotel stands on several lines"):
        edited(set_scopes("pet-hotel", ("pets:write",)), text)


def test_several_edits_are_one_change(edited):
    text, _ = edited(
        together(
            [
                set_status("pet-shop", ClientStatus.REVOKED),
                revoke(Revocation(certificate="t" * 43)),
                revoke(Revocation(certificate="u" * 43)),
            ]
        )
    )
    assert "status: revoked   # paid" in text
    assert text.endswith("  - thumbprint: " + "t" * 43 + "\n  - thumbprint: " + "u" * 43 + "\n")


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


@pytest.mark.parametrize(("known", "is_accepted"), [(999, True), (1_000, False)])
def test_a_file_takes_a_limited_number_of_clients(edited, monkeypatch, known, is_accepted):
    assert file_store.MAX_FILE_CLIENTS == 10_000  # as docs say; with fewer the test is faster
    monkeypatch.setattr(file_store, "MAX_FILE_CLIENTS", 1_000)
    text = "clients:\n" + "".join(
        f"  - {{id: c{n}, match: [{{sanUri: 'a:{n}'}}], scopes: [pets:read], status: active}}\n"
        for n in range(known)
    )
    if is_accepted:
        assert "- id: new\n" in edited(add(client()), text)[0]
        return
    with pytest.raises(EditError) as caught:
        edited(add(client()), text)
    assert "would hold 1,001 clients, and a registry file may hold 1,000" in str(caught.value)
    assert str(caught.value).endswith("pulumi config set portcullis:registry dynamodb")
    assert "status: suspended" in edited(set_status("c7", ClientStatus.SUSPENDED), text)[0]
