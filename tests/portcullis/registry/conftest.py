"""An edited registry file; DynamoDB's emulator, and tables of the registry in it."""

import textwrap

import pytest

from portcullis.registry import RegistryError, load
from portcullis.registry.file_store import FileStore
from tests.authorizer.conftest import dynamodb, moto  # noqa: F401 - fixtures
from tests.authorizer.list_tables import lists, reader, table, verified  # noqa: F401 - fixtures
from tests.portcullis.registry.making import FILE, SCOPES


@pytest.fixture
def edited(tmp_path):
    def edit(change, text=FILE, *, write=True):
        path = tmp_path / "clients.test.yaml"
        path.write_text(text)
        plan = FileStore(path, known_scopes=SCOPES).plan(change)
        if write:
            plan.write()
        return path.read_text(), plan.diff

    return edit


@pytest.fixture
def read(tmp_path):
    def read_text(text, **options):
        path = tmp_path / "clients.local.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load(path, **({"known_scopes": SCOPES} | options))

    return read_text


@pytest.fixture
def problems(read):
    def find(text, **options):
        with pytest.raises(RegistryError) as caught:
            read(text, **options)
        return [(p.line, f"{p.where}: {p.message}") for p in caught.value.problems]

    return find
