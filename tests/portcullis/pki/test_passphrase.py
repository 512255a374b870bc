"""Where the passphrase of a PFX comes from, and that no message repeats it."""

import getpass

import pytest

from portcullis.errors import ExitCode
from portcullis.pki import passphrase
from portcullis.pki.errors import PassphraseError


def test_a_generated_passphrase_can_be_typed_on_a_phone():
    generated = passphrase.generate()
    assert len(generated) == 23
    assert generated.replace("-", "").isalnum()
    assert generated == generated.lower()
    assert not set(generated) & set("0o1il")
    assert passphrase.generate() != generated


def test_a_passphrase_file_is_its_first_line(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text("correct horse\nbattery\n")
    assert passphrase.from_file(path) == "correct horse"


def test_a_passphrase_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("PFX_PASSPHRASE", "correct horse")
    assert passphrase.from_environment("PFX_PASSPHRASE") == "correct horse"


def test_a_passphrase_is_typed_twice(monkeypatch):
    typed = iter(["correct horse", "correct horse", "correct horse", "correct mouse"])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    assert passphrase.ask() == "correct horse"
    with pytest.raises(PassphraseError, match="differ"):
        passphrase.ask()


@pytest.mark.parametrize("text", ["", "short", "seven77", "contraseña", "tab\there", "nul\x00here"])
def test_a_passphrase_that_importers_stumble_over_is_refused(tmp_path, text):
    path = tmp_path / "passphrase"
    path.write_text(text + "\n")
    with pytest.raises(PassphraseError, match=str(path)) as refused:
        passphrase.from_file(path)
    assert refused.value.exit_code is ExitCode.MISUSE
    assert not text or text not in str(refused.value)


def test_an_unset_variable_is_told_with_the_command_that_sets_it(monkeypatch):
    monkeypatch.delenv("PFX_PASSPHRASE", raising=False)
    with pytest.raises(PassphraseError, match="read -rs PFX_PASSPHRASE"):
        passphrase.from_environment("PFX_PASSPHRASE")


def test_a_passphrase_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(PassphraseError, match="No such file"):
        passphrase.from_file(tmp_path / "missing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(PassphraseError, match="not text"):
        passphrase.from_file(tmp_path / "binary")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(PassphraseError, match="0 characters"):
        passphrase.from_file(tmp_path / "empty")


def test_a_passphrase_of_others_is_taken_as_it_is_and_asked_once(tmp_path, monkeypatch):
    path = tmp_path / "passphrase"
    path.write_text("1234\n")
    monkeypatch.setenv("PFX_PASSPHRASE", "1234")
    monkeypatch.setattr(getpass, "getpass", {"Passphrase for the PFX: ": "1234"}.__getitem__)
    assert passphrase.from_file(path, is_new=False) == "1234"
    assert passphrase.from_environment("PFX_PASSPHRASE", is_new=False) == "1234"
    assert passphrase.ask(is_new=False) == "1234"
