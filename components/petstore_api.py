"""The sample: the REST API of the PetStore's contract."""

from dataclasses import dataclass
from pathlib import Path

from pulumi import ResourceOptions

from components.contract_api import ContractApi, ContractApiArgs, RestApiArgs

CONTRACT_FILE = Path(__file__).with_name("petstore.openapi.yaml")


@dataclass(frozen=True, kw_only=True)
class PetStoreApiArgs(RestApiArgs):
    """Those of ContractApi, without the contract."""


class PetStoreApi(ContractApi):
    """The sample: a ContractApi that brings its own contract, the PetStore's.

    Its file is CONTRACT_FILE of this module, for the contract_file of JwtAuthorizer.
    """

    TYPE = "portcullis:index:PetStoreApi"

    def __init__(
        self, name: str, args: PetStoreApiArgs, opts: ResourceOptions | None = None
    ) -> None:
        own = ContractApiArgs(contract_file=str(CONTRACT_FILE), **vars(args))
        super().__init__(name, own, opts)
