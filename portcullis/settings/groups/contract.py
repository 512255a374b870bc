"""Setting of the contract."""

from dataclasses import dataclass

from portcullis.sample import SAMPLE
from portcullis.settings.checks import file, not_empty
from portcullis.settings.setting import setting_field
from portcullis.settings.setting_group import SettingGroup


@dataclass(frozen=True, kw_only=True)
class ContractSettings(SettingGroup):
    contract_file: str = setting_field(
        accepts="the path of an OpenAPI 3.0 document, YAML or JSON, from the project's folder",
        why="The contract: what clients may call, and which scope each call needs. `portcullis "
        "contract check FILE` shows its routes, what is validated, and what API Gateway ignores.",
        example="orders.openapi.yaml",
        check=not_empty(file),
        default=SAMPLE.contract,
    )
