"""``python -m portcullis_gates``: the same as the `portcullis` command."""

from .portcullis.__main__ import main

main()
