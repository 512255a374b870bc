"""Finds the stage of a call: by base path mapping on a custom domain, else by its path.

Source: API Gateway Developer Guide, "Custom domain name for public REST APIs", "API mappings".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portcullis.gateway.exchange import Request, Response
from portcullis.gateway.gates.call import Call
from portcullis.gateway.gates.responses import GatewayResponses
from portcullis.gateway.gates.stage import Stage
from portcullis.gateway.resources.model import DomainModel, MappingModel
from portcullis.gateway.resources.rest_apis import ApiModel

PLAIN = GatewayResponses()  # a program cannot customise responses given before the stage is known


@dataclass(slots=True)
class StagePath:
    """The stage of a call, and the path of the call without stage name or base path."""

    stage: Stage
    path: str


class ApiEntrance:
    """One REST API: the first segment of the path names the stage."""

    def __init__(self, model: ApiModel, stages: Mapping[str, Stage]) -> None:
        self.model = model
        self._stages = stages

    def stage(self, name: str | None) -> Stage | None:
        return None if name is None else self._stages.get(name)

    def find_stage(self, call: Call, path: str) -> StagePath | Response:
        """``path`` is canonical; its first segment is the name of a stage."""
        name, _, rest = path[1:].partition("/")
        stage = self._stages.get(name)
        if stage is None:
            return PLAIN.answer(call, "UNKNOWN_STAGE", reason="no such stage")
        return StagePath(stage, "/" + rest.lstrip("/"))


class DomainEntrance:
    """One custom domain with its base path mappings; the longest base path wins."""

    def __init__(self, model: DomainModel, apis: Mapping[str, ApiEntrance]) -> None:
        self.has_truststore = model.spec.truststore_pem is not None
        self._apis = apis
        self._mappings = sorted(model.mappings, key=lambda m: len(m.base_path), reverse=True)

    def find_stage(self, call: Call, path: str) -> StagePath | Response:
        """``path`` is canonical."""
        mapping = self._mapping(path)
        if mapping is None:
            return PLAIN.answer(call, "NO_BASE_PATH_MAPPING")
        rest = "/" + path[1:].removeprefix(mapping.base_path).lstrip("/")
        call.context["customDomain.basePathMatched"] = mapping.base_path or "(none)"
        api = self._apis[mapping.api_id]
        stage = api.stage(mapping.stage_name)
        found = StagePath(stage, rest) if stage is not None else api.find_stage(call, rest)
        if isinstance(found, StagePath):
            call.path = path  # an event of a custom domain shows the base path too
        return found

    def stage_for_log(self, path: str) -> Stage | None:
        """The stage whose access log gets a call with an untrusted certificate."""
        mapping = self._mapping(path)
        if mapping is None:
            return None
        return self._apis[mapping.api_id].stage(mapping.stage_name)

    def _mapping(self, path: str) -> MappingModel | None:
        for mapping in self._mappings:
            base = f"/{mapping.base_path}"
            if not mapping.base_path or path == base or path.startswith(f"{base}/"):
                return mapping
        return None


def host_of(request: Request) -> str:
    """The Host header without port, in lower case."""
    host = (request.header("host") or "").strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")
