"""The journal is replayed to the same account."""

from portcullis.standin import LocalKeys, StandIn
from portcullis.standin.journal import AccountJournal, states

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TOPIC = "aws:sns/topic:Topic"


def test_a_later_process_finds_the_same_account(tmp_path):
    journal = AccountJournal(tmp_path / "home" / "journal.jsonl")
    stand_in = StandIn(
        region="eu-central-1", account="1", keys=LocalKeys(), on_operation=journal.append
    )
    group, outputs = stand_in.outputs(LOG_GROUP, "log", {"name": "a"})
    stand_in.outputs(TOPIC, "alarms", {"name": "t"})
    stand_in.update(
        LOG_GROUP,
        "log",
        group,
        old=outputs,
        old_inputs={"name": "a"},
        inputs={"name": "a", "retentionInDays": 7},
    )
    assert journal.account() == stand_in.account
    stand_in.delete(LOG_GROUP, "log", group, outputs)
    assert journal.account() == stand_in.account
    assert [str(operation) for operation in journal.read()] == [
        "create LogGroup log",
        "create Topic alarms",
        "update LogGroup log",
        "delete LogGroup log",
    ]
    assert [len(account) for account in states({}, journal.read())] == [1, 2, 2, 1]


def test_without_a_file_nothing_exists(tmp_path):
    assert AccountJournal(tmp_path / "none").account() == {}


def test_the_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "journal.jsonl"
    stand_in = StandIn(
        region="eu-central-1",
        account="1",
        keys=LocalKeys(),
        on_operation=AccountJournal(path).append,
    )
    stand_in.outputs(TOPIC, "alarms", {"name": "t"})
    assert path.stat().st_mode & 0o777 == 0o600
