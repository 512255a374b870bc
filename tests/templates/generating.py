"""Makes a project from the template as `pulumi new` does: copies it and fills placeholders in."""

from pathlib import Path

from tests.distribution.test_installed import with_cached_wheels

TEMPLATE = Path(__file__).parents[2] / "templates" / "orders-api"
DESCRIPTION = "Orders of our partners: read and placed."


def files(folder):
    return {
        path.relative_to(folder): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def generate(folder, name):
    """A project of this name in ``folder``."""
    for path, text in files(TEMPLATE).items():
        filled = text.replace("${PROJECT}", name).replace("${DESCRIPTION}", quoted(path))
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(filled, encoding="utf-8")
    return folder


def quoted(path):
    """The CLI writes Pulumi.yaml by a YAML library; elsewhere it copies the words."""
    return f"'{DESCRIPTION}'" if path.name == "Pulumi.yaml" else DESCRIPTION


def generate_installed(folder, name, installed):
    """A project with the virtual environment that `make` would install."""
    with_cached_wheels(generate(folder, name))
    (folder / ".venv").symlink_to(installed.folder)
    (folder / ".venv" / ".installed").touch()
    return folder
