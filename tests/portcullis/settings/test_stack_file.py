"""A change of Pulumi.<stack>.yaml leaves every other line as it was."""

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from portcullis.settings.engine_yaml import parse_yaml
from portcullis.settings.stack_file import _scalar, change, note_of


@given(st.from_regex(r"[a-z0-9]{1,10}", fullmatch=True))
@example("0o17")
@example("no")
@example("1e3")
def test_a_label_is_read_back_as_the_text_that_it_is(label):
    assert yaml.safe_load(_scalar(label)) == label
    assert parse_yaml(_scalar(label).encode()) == label


LINES = st.lists(
    st.sampled_from(
        [
            "  portcullis:xray: true",
            "  # a comment",
            "",
            "  portcullis:allowedCidrs:\n    - 203.0.113.0/24\n    - 2001:db8::/32",
            "  aws:defaultTags:\n    tags:\n      stack: prod  # of all",
            "  portcullis:audience: >-\n    pet\n    store",
            "  portcullis:domain: |\n    api.example.com",
        ]
    ),
    max_size=6,
    unique=True,
)


@given(before=LINES, after=LINES, own=st.sampled_from(["", "  k:v: [a]\n", "  k:v:\n    - a\n"]))
def test_whatever_stands_around_it_survives(tmp_path_factory, before, after, own):
    file = tmp_path_factory.mktemp("stack") / "Pulumi.dev.yaml"
    after = [line for line in after if line.startswith("  #") or line not in before]
    text = "\n".join(["config:", "  aws:region: eu-central-1", *before, ""])
    text += own + "".join(f"{line}\n" for line in after)
    file.write_text(text)
    change(file, {"k:v": ["a", "b"]}, note="b since now", mark="test:")
    kept = file.read_text().splitlines()
    assert [line for line in text.splitlines() if "k:v" not in line and line.strip() != "- a"] == [
        line for line in kept if "k:v" not in line and "# test:" not in line
    ]
    assert yaml.safe_load(file.read_text())["config"]["k:v"] == ["a", "b"]
    change(file, {"k:v": None}, note=None, mark="test:")
    assert "k:v" not in file.read_text()
    assert "# test:" not in file.read_text()


def test_the_line_ends_of_the_file_are_kept(tmp_path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_bytes(b"config:\r\n  aws:region: eu-central-1\r\n  k:v:\r\n    - a\r\n  k:w: x\r\n")
    change(file, {"k:v": ["b"], "k:new": "y"}, note="b since now", mark="test:")
    assert file.read_bytes() == (
        b"config:\r\n  aws:region: eu-central-1\r\n  # test: b since now\r\n  k:v: [b]\r\n"
        b"  k:w: x\r\n  k:new: y\r\n"
    )
    assert note_of(file, "test:") == "b since now"
    change(file, {"k:v": None, "k:new": None}, note=None, mark="test:")
    assert file.read_bytes() == b"config:\r\n  aws:region: eu-central-1\r\n  k:w: x\r\n"
