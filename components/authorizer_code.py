"""The authorizer's zip for one stack: its code, its client registry, the contract's routes."""

from pathlib import Path

from components import authorizer_package
from components.authorizer_package import AuthorizerPackage, Platform, Route
from components.contract import Contract
from portcullis import registry
from settings import StackSettings

CACHE_FOLDER = Path(".portcullis") / "build"


def build(settings: StackSettings, contract: Contract, project: Path) -> AuthorizerPackage:
    """Raises a PortcullisError where the registry is wrong or a wheel cannot be had."""
    clients = registry.load(project / settings.registry_file, known_scopes=contract.scopes)
    return authorizer_package.build(
        clients_json=clients.to_json(),
        routes=[
            Route(method=operation.method, path=operation.path, scope=operation.scope)
            for operation in contract.operations
            if operation.scope is not None
        ],
        platform=Platform[settings.authorizer_platform.name],
        cache_dir=project / CACHE_FOLDER,
    )
