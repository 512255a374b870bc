"""Tags: what every AWS service accepts, and nothing else."""

import json

import pytest

from tests.portcullis.settings.mending import GOOD, load, require_mended


def tags(**listed):
    return {"portcullis:tags": json.dumps(listed)}


REFUSED = {
    "list": {"portcullis:tags": '["team"]'},
    "text": {"portcullis:tags": "team"},
    "value as list": {"portcullis:tags": '{"team": ["a"]}'},
    "value as fraction": {"portcullis:tags": '{"team": 0.5}'},
    "value as null": {"portcullis:tags": '{"team": null}'},
    "no key": tags(**{"": "a"}),
    "key too long": tags(**{"k" * 129: "a"}),
    "key of AWS": tags(**{"aws:team": "a"}),
    "key of AWS in capitals": tags(**{"AWS:team": "a"}),
    "key with a strange character": tags(**{"te#am": "a"}),
    "key with a newline": tags(**{"team\n": "a"}),
    "key twice but for its case": tags(team="a", Team="b"),
    "value too long": tags(team="v" * 257),
    "value with a strange character": tags(team="a;b"),
    "value ends with a space": tags(team="a "),
    "too many": tags(**{f"k{n}": "v" for n in range(50)}),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"team": "payments"}, {"team": "payments"}),
        ({"cost centre": "ÄÖ 4711/a=b+c@d.e:f_g-h"}, {"cost centre": "ÄÖ 4711/a=b+c@d.e:f_g-h"}),
        ({"k" * 128: "v" * 256}, {"k" * 128: "v" * 256}),
        ({"empty": ""}, {"empty": ""}),
        ({"number": 42, "flag": True}, {"number": "42", "flag": "true"}),
        ({f"k{n}": "v" for n in range(49)}, {f"k{n}": "v" for n in range(49)}),
    ],
    ids=["plain", "every kind of character", "longest", "empty value", "from --path", "most"],
)
def test_what_aws_accepts_is_accepted(written, expected):
    assert load({**GOOD, "portcullis:tags": json.dumps(written)}).tags == expected


def test_there_are_no_tags_by_default():
    assert load(GOOD).tags == {}
