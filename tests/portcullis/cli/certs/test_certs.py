"""`portcullis certs` as a group: the help of every command."""

from pathlib import Path

import typer

from portcullis.cli.certs import app

HELP = Path(__file__).with_name("certs_help.txt")


def help_text():
    """Every command with its help and options: what a person reads, without the drawing of it."""
    group = typer.main.get_command(app)
    lines = [group.help or ""]
    for name in group.commands:
        command = group.commands[name]
        lines += ["", f"certs {name}", command.help or ""]
        for parameter in command.params:
            label = "|".join([*parameter.opts, *parameter.secondary_opts])
            lines.append(f"  {label}: {getattr(parameter, 'help', None)}")
    return "\n".join(lines) + "\n"


def test_the_help_text_is_the_one_that_was_agreed(run):
    assert help_text() == HELP.read_text(), (
        f"If the change is meant, write the new text to {HELP.name}"
    )


def test_help_is_shown_for_every_command(run):
    shown = run("--help")
    for name in typer.main.get_command(app).commands:
        assert name in shown
        assert "Usage" in run(name, "--help")
