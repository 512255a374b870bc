"""AWS WAF's log in every form in which AWS delivers and exports it, and what is not one."""

import gzip
import json

import pytest

from portcullis.errors import MisuseError
from portcullis.waf_trials.log_file import logged_requests
from tests.portcullis.explain.lines import ACL_LOG

LINE = json.dumps(ACL_LOG)
TIME = "2026-11-29T10:00:00.123Z"
EVENT = {"id": "1", "timestamp": 1, "message": LINE}
HEALTH = {"id": "0", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health."}
FORMS = {
    "lines": f"{LINE}\n\n{LINE}\n",
    "lines of Windows": f"{LINE}\r\n{LINE}\r\n",
    "a byte order mark": f"\ufeff{LINE}\n{LINE}",
    "Firehose, without line ends": LINE + LINE,
    "an array": f"[{LINE},{LINE}]",
    "an array on several lines": json.dumps([ACL_LOG, ACL_LOG], indent=2),
    "jq": json.dumps(ACL_LOG, indent=2) + "\n" + json.dumps(ACL_LOG, indent=2),
    "an export task of CloudWatch Logs": f"{TIME} {LINE}\n{TIME} {LINE}\n",
    "aws logs tail": f"{TIME} eu-central-1_portcullis_0 {LINE}\n" * 2,
    "aws logs filter-log-events": json.dumps({"events": [EVENT, EVENT]}, indent=4),
    "a subscription": json.dumps({"messageType": "CONTROL_MESSAGE", "logEvents": [HEALTH]})
    + json.dumps({"messageType": "DATA_MESSAGE", "logEvents": [EVENT, EVENT]}),
    "aws logs get-query-results": json.dumps(
        {"results": [[{"field": "@ptr", "value": "x"}, {"field": "@message", "value": LINE}]] * 2}
    ),
    "Logs Insights": json.dumps([{"@timestamp": TIME, "@message": ACL_LOG}] * 2),
}


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "waf.log"
        path.write_bytes(content)
        return list(logged_requests(path))

    return run


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "written", [str.encode, lambda text: gzip.compress(text.encode())], ids=["plain", "gzip"]
)
def test_each_form_has_the_same_lines(read, form, written):
    assert read(written(FORMS[form])) == [ACL_LOG, ACL_LOG]


def test_objects_of_s3_may_be_put_together_and_powershell_writes_utf_16(read):
    assert read(gzip.compress(f"{LINE}\n".encode()) * 2) == [ACL_LOG, ACL_LOG]
    assert read(LINE.encode("utf-16")) == [ACL_LOG]


@pytest.mark.parametrize(
    "text",
    [
        *("x", "[1]", "{}", "null", "5", LINE[:-9], f"{LINE} x", "[" * 100_000, '"x"'),
        '"timestamp","action","httprequest"',  # Athena
        '{"timestamp": 1, "action": "ALLOW", "httpRequest": 1}',
        json.dumps(ACL_LOG | {"timestamp": "1700000000000"}),
        json.dumps(ACL_LOG | {"timestamp": True}),
        json.dumps(ACL_LOG | {"action": None}),
        json.dumps(ACL_LOG | {"httpRequest": {"clientIp": "::1", "headers": [{"name": "a"}]}}),
        json.dumps({"events": [{"message": "x"}]}),
    ],
)
def test_what_is_not_a_line_of_the_log_is_named(read, text):
    with pytest.raises(MisuseError, match=r"waf\.log:2: must be a line of AWS WAF's log"):
        read(f"{LINE}\n{text}\n".encode())


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:30] + b"\xff" * 9 + b[39:]])
def test_a_damaged_file_is_one_line(read, damage):
    with pytest.raises(MisuseError, match=r"waf\.log cannot be read: "):
        read(damage(gzip.compress(LINE.encode())))


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(MisuseError, match="cannot be read: No such file"):
        list(logged_requests(tmp_path / "missing"))
