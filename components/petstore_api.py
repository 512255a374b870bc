"""The sample: the REST API of the PetStore's contract."""

from pathlib import Path

from components.contract_api import ContractApi

CONTRACT_FILE = Path(__file__).with_name("petstore.openapi.yaml")


class PetStoreApi(ContractApi):
    """A ContractApi of the contract in ``CONTRACT_FILE``, with a type of its own."""

    TYPE = "portcullis:index:PetStoreApi"
