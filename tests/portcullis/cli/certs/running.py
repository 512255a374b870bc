"""Reads what a command of `portcullis certs` wrote or printed."""

import json
from pathlib import Path

from cryptography import x509


def run_json(run, *arguments, **options):
    return json.loads(run(*arguments, "--json", **options))


def leaf(path):
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def sans(path):
    extension = leaf(path).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [name.value for name in extension.value]
