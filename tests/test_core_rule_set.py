"""The measurement of the managed groups, with a rule set of the test's own."""

import gzip
import importlib.util
import json
from base64 import b64encode
from pathlib import Path

import pytest
import yaml

SCRIPT = Path(__file__).parents[1] / "docs" / "guide" / "core_rule_set.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("core_rule_set", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stage(rule, sent, *, finds):
    log = {"expect_ids" if finds else "no_expect_ids": [rule]}
    return {"stages": [{"input": {"headers": {"User-Agent": "x"}, **sent}, "output": {"log": log}}]}


@pytest.fixture
def checkout(tmp_path, script):
    """Two rules of one family, of paranoia level 1 and 2."""
    raw = b"POST /a HTTP/1.1\r\nUser-Agent: x\r\n\r\nq=1' or '1'='1"
    tests = {
        942001: [
            stage(942001, {"uri": "/?q=1%27%20or%20%271%27=%271"}, finds=True),
            stage(942001, {"method": "POST", "data": "q=a nice dog"}, finds=True),
            stage(942001, {"uri": "/?q=it's"}, finds=False),
        ],
        942002: [
            stage(942002, {"encoded_request": b64encode(raw).decode()}, finds=True),
            stage(942002, {"data": {"q": "1 union select 1,2"}}, finds=False),
            stage(1, {}, finds=True),  # for another rule
        ],
    }
    folder = tmp_path / script.TESTS / "FAMILY"
    folder.mkdir(parents=True)
    for rule, written in tests.items():
        (folder / f"{rule}.yaml").write_text(yaml.safe_dump({"rule_id": rule, "tests": written}))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.conf").write_text(
        "".join(f"\"id:{942000 + n},tag:'x',tag:'paranoia-level/{n}'\"\n" for n in (1, 2))
    )
    (tmp_path / "crs-setup.conf.example").write_text("# OWASP CRS ver.9.9.9\n")
    return tmp_path


def measured(script, checkout, **changes):
    compared = script.Compared(
        **{
            "attack": "SQL injection",
            "family": "FAMILY",
            "group": "AWSManagedRulesSQLiRuleSet",
            "rules": ("SQLi",),
            **changes,
        }
    )
    rates = script.measure(checkout, compared)
    return {name: (rate.matched, rate.of) for name, rate in rates.items()}


def test_attacks_are_counted_by_level_and_harmless_requests_apart(script, checkout):
    assert measured(script, checkout) == {
        "level 1": (1, 2),
        "every level": (2, 3),
        "harmless": (1, 2),
    }


def test_only_the_rules_for_the_same_attack_count(script, checkout):
    assert measured(script, checkout, rules=("SQLiExtended",))["every level"] == (0, 3)
    assert measured(script, checkout, only="942002")["every level"] == (1, 1)


def test_the_version_is_that_of_the_checkout(script, checkout):
    assert script.version(checkout) == "9.9.9"


@pytest.mark.parametrize(("of", "text"), [(4, "1 of 4 (25%)"), (0, "-")])
def test_a_rate_shows_its_counts(script, of, text):
    assert str(script.Rate(matched=1, of=of)) == text


def test_sentences_come_from_the_documentation_without_tags(script, tmp_path):
    folder = tmp_path / "data" / "s3" / "2006-03-01"
    folder.mkdir(parents=True)
    text = "<p>The name of the bucket. It&#39;s unique.</p>"
    document = json.dumps({"shapes": {"A": {"documentation": text}}}, separators=(",", ":"))
    (folder / "service-2.json.gz").write_bytes(gzip.compress(document.encode()))
    assert script.sentences(tmp_path, 5) == ["It's unique.", "The name of the bucket."]


def test_a_blocked_sentence_is_counted_by_its_rule(script):
    texts = ["A nice dog.", "x <script>alert(1)</script>", "1' OR '1'='1"]
    assert script.blocked_sentences(texts) == {"CrossSiteScripting_BODY": 1, "SQLi_BODY": 1}
