"""``python -m portcullis_gates``: the same as the `portcullis` command."""

from .portcullis.cli.main import main

main()
