"""``python -m portcullis``: the same as the `portcullis` command."""

from portcullis.cli.main import main

main()
