"""The folder in which a `pulumi` CLI works for a laptop: plugin, state, passphrase, settings.

Nothing of it is the user's own: neither ``~/.pulumi`` nor the project's files are changed. The CLI
reads a ``Pulumi.yaml`` of its own whose ``main`` is the project, and a ``Pulumi.<stack>.yaml`` with
this run's settings, because `pulumi stack init` writes into the stack's file.
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from portcullis.errors import PortcullisError
from portcullis.graph.resource import UNKNOWN
from portcullis.settings.engine_yaml import written_yaml
from portcullis.settings.project import StackConfig, read_project_file
from portcullis.standin.provider import ACCOUNT_VARIABLE, KMS_VARIABLE, install, journal_file

# pulumi/pulumi, sdk/go/common/apitype: VersionedCheckpoint. 4 is written for a stack that uses
# newer resource options, such as replaceWith.
CHECKPOINT_VERSIONS = frozenset({3, 4})
PASSPHRASE_BYTES = 32
AWS_PROVIDER = "pulumi:providers:aws"
STACK_TYPE = "pulumi:pulumi:Stack"
NO_TIME = "0001-01-01T00:00:00Z"
INTERRUPTED = "an earlier `pulumi up` was interrupted"


@dataclass(frozen=True)
class EngineWorkspace:
    """The folders below ``root``, made with mode 0700."""

    root: Path

    @property
    def home(self) -> Path:
        """PULUMI_HOME."""
        return self.root / "home"

    @property
    def backend(self) -> Path:
        """The folder of the file state backend."""
        return self.root / "state"

    @property
    def project(self) -> Path:
        """The folder with the CLI's own Pulumi.yaml and Pulumi.<stack>.yaml."""
        return self.root / "project"

    @property
    def passphrase_file(self) -> Path:
        return self.root / "passphrase"

    def make(self) -> None:
        """Create what is missing: folders, passphrase and the stand-in's plugin."""
        for folder in (self.root, self.home, self.backend, self.project):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        install(self.home)
        if not self.passphrase_file.exists():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(self.passphrase_file, flags, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(PASSPHRASE_BYTES))

    def write_settings(self, config: StackConfig) -> None:
        """Write the two files that the CLI reads; the salt of the stack's secrets is kept."""
        project = read_project_file(config.directory)
        project["main"] = str(config.directory)
        runtime = project.get("runtime")
        options = runtime.get("options") if isinstance(runtime, dict) else None
        if isinstance(options, dict) and isinstance(options.get("virtualenv"), str):
            options["virtualenv"] = str(config.directory / options["virtualenv"])
        _write_yaml(self.project / "Pulumi.yaml", project)
        packages = project.get("packages")
        if isinstance(packages, dict):
            project["packages"] = {
                name: str(config.directory / source) if _is_relative_path(source) else source
                for name, source in packages.items()
            }
        stack: dict[str, Any] = {"config": config.structured_values}
        if salt := self._salt(config.stack):
            stack["encryptionsalt"] = salt
        _write_yaml(self._settings_file(config.stack), stack)

    def add_unknown_stack(self, config: StackConfig, name: str) -> None:
        """Add the state of a stack that a StackReference names; its outputs are all unknown.

        An SDK treats the outputs as unknown as a whole when one of them is.
        """
        *owners, stack = name.split("/")
        project = owners[1] if len(owners) > 1 else config.project
        root = {
            "urn": f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}",
            "custom": False,
            "type": STACK_TYPE,
            "outputs": {"unknown": UNKNOWN},
        }
        file = self.backend / ".pulumi/stacks" / project / f"{stack}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        latest = {"manifest": {"time": NO_TIME, "magic": "", "version": ""}, "resources": [root]}
        checkpoint = {"stack": f"organization/{project}/{stack}", "latest": latest}
        file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}), encoding="utf-8")

    def environment(
        self, config: StackConfig, *, kms_endpoint: str | None = None
    ) -> dict[str, str]:
        """The environment of a CLI, without the user's own Pulumi and AWS settings.

        Args:
            config: names the region and the account that the stand-in answers for.
            kms_endpoint: an emulator that creates signing keys; without it no key can sign.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULUMI_", "AWS_"))
        }
        own = {
            "PULUMI_HOME": str(self.home.resolve()),
            "PULUMI_BACKEND_URL": self.backend.resolve().as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase_file.resolve()),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "1",
            "AWS_REGION": config.region,
            ACCOUNT_VARIABLE: config.account_id,
        }
        if kms_endpoint is not None:
            own[KMS_VARIABLE] = kms_endpoint
        return {**inherited, **own}

    def has_state(self, config: StackConfig) -> bool:
        """Whether an earlier run left anything of the stack, be it only a lock."""
        return self._checkpoint_file(config).exists() or bool(self._locks(config))

    def unusable(self, config: StackConfig) -> str | None:
        """Why the state of the stack cannot be updated, or None.

        Raises:
            PortcullisError: a running `pulumi` holds its lock.
        """
        if self._is_locked(config):
            return INTERRUPTED
        if not self._salt(config.stack) or not self.passphrase_file.exists():
            return "its passphrase is lost"
        return self._checkpoint_fault(config)

    def _checkpoint_fault(self, config: StackConfig) -> str | None:
        try:
            state = json.loads(self._checkpoint_file(config).read_text(encoding="utf-8"))
            latest = state["checkpoint"].get("latest") or {}
            is_known = state["version"] in CHECKPOINT_VERSIONS
            has_pending = bool(latest.get("pending_operations"))
            providers = {
                resource["inputs"].get("version")
                for resource in latest.get("resources") or ()
                if resource["type"] == AWS_PROVIDER
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return "it cannot be read"
        if not is_known:
            return f"its version is not one of {sorted(CHECKPOINT_VERSIONS)}"
        if has_pending:
            return INTERRUPTED
        if providers - {version("pulumi-aws")}:
            return "it was made with another version of pulumi-aws"
        return None

    def forget(self, config: StackConfig) -> None:
        """Remove the state of the stack; it describes the stand-in's resources only."""
        for kind in ("stacks", "locks/organization", "history", "backups"):
            folder = self.backend / ".pulumi" / kind / config.project
            shutil.rmtree(folder / config.stack, ignore_errors=True)
            for path in folder.glob(f"{config.stack}.json*"):
                path.unlink()
        self._settings_file(config.stack).unlink(missing_ok=True)
        # Otherwise AWS's names would be taken by resources that no state knows.
        journal_file(self.home, config.account_id, config.region).unlink(missing_ok=True)

    def _is_locked(self, config: StackConfig) -> bool:
        locks = self._locks(config)
        for lock in locks:
            try:
                pid = int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if _is_pulumi(pid):
                raise PortcullisError(
                    f"Another `pulumi` (process {pid}) is changing the state in {self.root}. Wait "
                    f"until it has ended, or end it: kill {pid}"
                )
        return bool(locks)

    def _locks(self, config: StackConfig) -> list[Path]:
        folder = self.backend / ".pulumi/locks/organization" / config.project / config.stack
        return list(folder.glob("*.json"))

    def _checkpoint_file(self, config: StackConfig) -> Path:
        return self.backend / ".pulumi/stacks" / config.project / f"{config.stack}.json"

    def _settings_file(self, stack: str) -> Path:
        return self.project / f"Pulumi.{stack}.yaml"

    def _salt(self, stack: str) -> str | None:
        try:
            written = yaml.safe_load(self._settings_file(stack).read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError):
            return None
        salt = written.get("encryptionsalt") if isinstance(written, Mapping) else None
        return salt if isinstance(salt, str) else None


def _is_relative_path(source: object) -> bool:
    """Whether a component package of Pulumi.yaml is a folder beside it."""
    return isinstance(source, str) and source.startswith(("./", "../"))


def _is_pulumi(pid: int) -> bool:
    """Whether the process runs and is a `pulumi`; its number may belong to another program now."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False
    return Path(os.fsdecode(command)).name == "pulumi"


def _write_yaml(path: Path, document: Any) -> None:
    path.write_text(written_yaml(document), encoding="utf-8")
