"""The price list of docs/operations/first-deploy.md counts what the program creates."""

import re
from collections import Counter
from pathlib import Path

import pytest

from portcullis.graph.in_process import record

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operations" / "first-deploy.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stack():
    return record(ROOT, "dev", preview=True).resources


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("WebAcl", "web ACL"),
        ("Key", "key, 2 during"),
        ("MetricAlarm", "alarms; the account"),
        ("Dashboard", "dashboard; the account"),
        ("LogMetricFilter", "metrics of log filters"),
    ],
)
def test_the_price_list_counts_what_the_stack_has(stack, kind, words):
    counts = Counter(resource.type.rpartition(":")[2] for resource in stack)
    (listed,) = re.findall(rf"\| (\d+) {words}", PAGE)
    assert int(listed) == counts[kind]


def test_the_price_list_counts_the_rules_of_the_web_acl(stack):
    (web_acl,) = [r for r in stack if r.type.endswith(":WebAcl")]
    assert f"| {len(web_acl.inputs['rules'])} rules; " in PAGE


def test_the_snapshot_has_the_memory_of_the_function(stack):
    (function,) = [r for r in stack if r.type.endswith(":Function")]
    memory = int(function.inputs["memorySize"])
    assert f"1 version of {memory} MB" in PAGE
    month = 0.0000015046 * memory / 1024 * 30 * 86400
    assert f"{month:.2f} for each version kept" in PAGE
