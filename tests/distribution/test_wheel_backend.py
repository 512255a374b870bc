"""The wheel holds the tracked files below one package, equal for equal sources."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import PurePosixPath

import pytest
from packaging.requirements import Requirement

from portcullis.package import VERSION
from tests.installed_wheel import ROOT

PACKAGE = "portcullis_gates"
PACKAGES = ("authorizer", "components", "policies", "portcullis")
HOOK = (
    "import sys; sys.path.insert(0, 'distribution'); import wheel_backend as b; b.{}(sys.argv[1])"
)


def build(hook, target, root=ROOT):
    """Call a hook of the backend, as pip does."""
    target.mkdir()
    subprocess.run(
        [sys.executable, "-c", HOOK.format(hook), target],
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=900,
    )
    (built,) = target.iterdir()
    return built


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


@pytest.fixture(scope="module")
def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def metadata(contents):
    (name,) = (n for n in contents if n.endswith(".dist-info/METADATA"))
    return message_from_bytes(contents[name])


def test_the_wheel_has_every_tracked_file_of_the_packages(contents):
    packed = {name.removeprefix(f"{PACKAGE}/") for name in contents if ".dist-info/" not in name}
    added = {"__init__.py", "__main__.py", "py.typed"}
    assert packed == (tracked() - {"policies/waivers.yaml"}) | added


def test_one_name_is_installed_at_the_top(contents):
    tops = {PurePosixPath(name).parts[0] for name in contents}
    assert tops == {PACKAGE, f"{PACKAGE}-{VERSION}.dist-info"}


def test_no_module_imports_a_package_by_its_name_in_the_repository(contents):
    absolute = re.compile(rf"^\s*(?:from|import) (?:{'|'.join(PACKAGES)})\b".encode(), re.MULTILINE)
    assert [n for n, text in contents.items() if n.endswith(".py") and absolute.search(text)] == []


def test_the_metadata_says_what_it_needs(contents):
    said = metadata(contents)
    assert said["Name"] == "portcullis-gates"
    assert said["Version"] == VERSION
    assert said["License-Expression"] == "Apache-2.0"
    needed = {Requirement(line).name for line in said.get_all("Requires-Dist")}
    assert {"pulumi", "pulumi-aws", "pulumi-policy", "cryptography", "PyJWT"} <= needed
    assert "setuptools" not in needed
    (optional,) = (r for r in map(Requirement, said.get_all("Requires-Dist")) if "extra" in str(r))
    assert optional.name == "libmodsecurity"
    assert said.get_all("Provides-Extra") == ["modsecurity"]
    assert "portcullis = portcullis_gates.portcullis.__main__:main" in next(
        text.decode() for name, text in contents.items() if name.endswith("entry_points.txt")
    )
    assert any(name.endswith("licenses/LICENSE") for name in contents)


def test_every_tested_version_is_in_its_range(contents):
    locks = (ROOT / "requirements" / f"{name}.txt" for name in ("runtime", "modsecurity"))
    pins = dict(
        pin
        for lock in locks
        for pin in re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(), re.MULTILINE)
    )
    for line in metadata(contents).get_all("Requires-Dist"):
        requirement = Requirement(line)
        operators = {specifier.operator for specifier in requirement.specifier}
        # regex counts by date, so no next major version exists.
        assert operators == ({">="} if requirement.name == "regex" else {">=", "<"}), line
        assert requirement.specifier.contains(pins[requirement.name.lower()]), line


def test_equal_sources_give_equal_bytes(wheel, tmp_path):
    again = build("build_wheel", tmp_path / "again")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


@pytest.fixture(scope="module")
def unpacked_sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    sdist = build("build_sdist", folder / "built")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


def test_the_sdist_builds_the_same_wheel(wheel, unpacked_sdist, tmp_path):
    built = build("build_wheel", tmp_path / "built", unpacked_sdist)
    assert built.read_bytes() == wheel.read_bytes()


def needed_by_the_command():
    """The repository's packages that modules of `portcullis` import."""
    imports = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)
    modules = (ROOT / "portcullis").rglob("*.py")
    found = {name for module in modules for name in imports.findall(module.read_text())}
    return found & set(PACKAGES) | {"portcullis"}


def test_an_editable_install_keeps_the_packages_of_the_repository(unpacked_sdist, tmp_path):
    built = build("build_editable", tmp_path / "editable", unpacked_sdist)
    with zipfile.ZipFile(built) as archive:
        (finder,) = (n for n in archive.namelist() if n.endswith("_finder.py"))
        for package in needed_by_the_command():
            assert f"'{package}': '{unpacked_sdist}/{package}'" in archive.read(finder).decode()
        (scripts,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "portcullis = portcullis.__main__:main" in archive.read(scripts).decode()


def test_the_backend_of_the_project_is_the_one_that_is_tested():
    system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    assert system["build-backend"] == "wheel_backend"
    assert system["backend-path"] == ["distribution"]
