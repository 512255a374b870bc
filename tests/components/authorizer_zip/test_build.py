"""The zip: the same bytes everywhere, exactly what is locked, and nothing that cannot work."""

import base64
import hashlib
import json
import os
import shutil
import stat
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from components.authorizer_zip.build import (
    MAX_ZIP_BYTES,
    SOURCE,
    PackagingError,
    Platform,
    ScopedRoute,
    build,
)
from components.authorizer_zip.wheels import fetch
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind
from portcullis.registry.model import MAX_FILE_CLIENTS
from tests.fetched_wheels import copy_wheels

ROUTES = (
    ScopedRoute(method="POST", path="/pets", scope="pets:write"),
    ScopedRoute(method="GET", path="/pets", scope="pets:read"),
    ScopedRoute(method="GET", path="/pets/{petId}", scope="pets:read"),
    ScopedRoute(method="GET", path="/", scope="pets:read"),
)


def client(client_id="pet-shop", scopes=("pets:read",)):
    return Client(
        id=client_id,
        description="",
        match=(Identity(kind=IdentityKind.SAN_URI, value=f"spiffe://a/{client_id}"),),
        pins=(),
        scopes=scopes,
        status=ClientStatus.ACTIVE,
    )


REGISTRY = ClientRegistry(clients=(client(),)).to_json()


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    for platform in Platform:
        copy_wheels(folder, platform)
    return folder


@pytest.fixture(scope="module")
def packed(cache_dir):
    def pack(platform=Platform.LAPTOP, *, routes=ROUTES, clients_json=REGISTRY, into=None, **more):
        return build(
            clients_json=clients_json,
            routes=routes,
            platform=platform,
            cache_dir=into or cache_dir,
            **more,
        )

    return pack


@pytest.mark.parametrize("platform", Platform)
def test_two_builds_in_two_places_are_equal_to_the_byte(packed, tmp_path, platform):
    copied = tmp_path / "elsewhere" / "authorizer"
    copied.mkdir(parents=True)
    for file in [*SOURCE.glob("*.py"), SOURCE / "requirements.txt"]:
        (copied / file.name).write_bytes(file.read_bytes())
        os.utime(copied / file.name, (0, 0))
        (copied / file.name).chmod(0o600)
    first = packed(platform)
    other = copy_wheels(tmp_path / "cache", platform)
    second = packed(platform, into=other, source=copied)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256(second.path.read_bytes()).hexdigest()
    assert first.path.name == second.path.name


def test_a_checkout_with_other_line_ends_gives_the_same_zip(packed, tmp_path):
    source = tmp_path / "authorizer"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    for file in source.glob("*.py"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert packed(source=source).sha256 == packed().sha256


@pytest.mark.parametrize("count", [10_000, 10_001])
def test_a_registry_file_of_more_than_10_000_clients_is_refused(packed, count):
    clients = ClientRegistry(clients=tuple(client(f"c{n}") for n in range(count)))
    if count == MAX_FILE_CLIENTS:
        assert packed(clients_json=clients.to_json()).path.exists()
        return
    with pytest.raises(PackagingError) as caught:
        packed(clients_json=clients.to_json())
    assert str(caught.value) == (
        "The registry file holds 10,001 clients, and the authorizer reads up to 10,000 from its "
        "zip. Keep them in DynamoDB: pulumi config set portcullis:registry dynamodb"
    )


def test_the_order_of_routes_does_not_matter(packed):
    assert packed(routes=ROUTES[::-1]).sha256 == packed().sha256


@pytest.mark.parametrize("platform", Platform)
def test_the_zip_holds_what_the_function_needs_and_nothing_else(packed, platform):
    package = packed(platform)
    with zipfile.ZipFile(package.path) as zipped:
        names = zipped.namelist()
        assert zipped.testzip() is None
        assert json.loads(zipped.read("authorizer/clients.json")) == json.loads(REGISTRY)
        assert json.loads(zipped.read("authorizer/routes.json"))[0] == {
            "method": "GET",
            "path": "/",
            "scope": "pets:read",
        }
        for info in zipped.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == stat.S_IFREG | 0o644
    assert names == sorted(names)
    tops = {name.split("/")[0].split(".")[0].split("-")[0] for name in names}
    assert tops == {"authorizer", "cryptography", "jwt", "pyjwt", "cffi", "_cffi_backend"}
    assert {name for name in names if name.startswith("authorizer/")} == {
        f"authorizer/{module.name}" for module in SOURCE.glob("*.py")
    } | {"authorizer/clients.json", "authorizer/routes.json"}
    for unwanted in ("boto", "pulumi", "pycparser", "__pycache__", ".pyc", ".pyi", "RECORD"):
        assert not [name for name in names if unwanted in name]
    assert any("licenses/" in name for name in names)
    assert package.path.stat().st_size <= MAX_ZIP_BYTES


def test_the_lambda_zip_is_for_arm64_and_python_3_13(packed):
    with zipfile.ZipFile(packed(Platform.LAMBDA).path) as zipped:
        compiled = [name for name in zipped.namelist() if name.endswith(".so")]
    assert sorted(compiled) == [
        "_cffi_backend.cpython-313-aarch64-linux-gnu.so",
        "cryptography/hazmat/bindings/_rust.abi3.so",
    ]


def test_an_archive_tool_of_others_reads_the_zip(packed, tmp_path):
    shutil.unpack_archive(packed().path, tmp_path, "zip")
    assert (tmp_path / "authorizer/handler.py").read_bytes() == (
        (SOURCE / "handler.py").read_bytes()
    )


def test_a_second_build_needs_neither_pip_nor_network(packed, monkeypatch):
    first = packed()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert packed() == first


def test_another_registry_is_another_zip_and_both_stay(packed):
    first = packed()
    second = packed(clients_json=ClientRegistry(clients=(client("other"),)).to_json())
    assert first.sha256 != second.sha256
    assert first.path.exists()
    assert second.path.exists()


def test_a_damaged_zip_in_the_cache_is_written_anew(packed, tmp_path, cache_dir):
    shutil.copytree(cache_dir, tmp_path / "c", dirs_exist_ok=True)
    package = packed(into=tmp_path / "c")
    package.path.write_bytes(b"damaged")
    again = packed(into=tmp_path / "c")
    assert hashlib.sha256(again.path.read_bytes()).hexdigest() == package.sha256


def test_wheels_in_a_folder_are_enough(packed, tmp_path, cache_dir, monkeypatch):
    packed()
    (wheels,) = [path for path in cache_dir.iterdir() if path.name.startswith("wheels-laptop")]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    assert fetch(SOURCE / "requirements.txt", Platform.LAPTOP, tmp_path)


def test_a_contract_that_a_policy_cannot_tell_is_refused(packed):
    routes = (
        ScopedRoute(method="GET", path="/pets/{petId}", scope="pets:read"),
        ScopedRoute(method="GET", path="/pets/{petId}/files/{file}", scope="pets:write"),
        ScopedRoute(method="GET", path="/pets/{petId}/files/{file}/name", scope="pets:read"),
    )
    with pytest.raises(PackagingError, match="covers slashes"):
        packed(routes=routes)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ([ScopedRoute(method="ANY", path="/pets", scope="pets:read")], "ANY"),
        ([ScopedRoute(method="GET", path=f"/{'p' * 500}", scope="pets:read")], "512"),
        (
            [
                ScopedRoute(method="GET", path=f"/pets/{n:030}", scope="pets:read")
                for n in range(100)
            ],
            "for the client .*8192",
        ),
    ],
)
def test_a_contract_beyond_a_limit_is_refused(packed, routes, message):
    with pytest.raises(PackagingError, match=message):
        packed(routes=routes)


def test_a_limit_counts_for_the_scopes_that_clients_have(packed):
    routes = [ScopedRoute(method="GET", path=f"/dogs/{n:030}", scope="nobody") for n in range(100)]
    assert packed(routes=[*ROUTES, *routes])


@pytest.mark.parametrize("clients_json", ["{}", "[]", '{"clients": {"a": {}}}', '{"clients": []}'])
def test_a_registry_that_is_not_ours_is_refused(packed, clients_json):
    with pytest.raises(PackagingError, match="to_json"):
        packed(clients_json=clients_json)


def test_a_registry_too_large_for_the_zip_is_refused(packed):
    clients = tuple(
        replace(
            client(f"client-{n}"),
            pins=tuple(hashlib.sha256(f"{n} {p}".encode()).hexdigest()[:43] for p in range(8)),
        )
        for n in range(10_000)
    )
    with pytest.raises(PackagingError, match="DynamoDB"):
        packed(clients_json=ClientRegistry(clients=clients).to_json())


def test_lambda_spells_the_hash_in_base64(packed):
    package = packed()
    assert base64.b64decode(package.source_code_hash).hex() == package.sha256


@pytest.mark.parametrize(
    "content",
    [
        {"thing-1.data/scripts/x": b""},
        {"../escape": b""},
        {"/absolute": b""},
        {"authorizer/handler.py": b"hostile"},
    ],
    ids=lambda content: next(iter(content)),
)
def test_a_wheel_that_reaches_elsewhere_is_refused(packed, tmp_path, monkeypatch, content):
    wheel = tmp_path / "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as zipped:
        for name, body in content.items():
            zipped.writestr(name, body)
    monkeypatch.setattr("components.authorizer_zip.build.fetch", lambda *_: (wheel,))
    with pytest.raises(PackagingError):
        packed()


def test_a_checkout_without_modules_is_refused(packed, tmp_path):
    (tmp_path / "requirements.txt").write_bytes((SOURCE / "requirements.txt").read_bytes())
    with pytest.raises(PackagingError, match="incomplete"):
        packed(source=Path(tmp_path))
