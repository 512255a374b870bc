"""Builds the responses that API Gateway generates itself, with the program's customisation.

Source: API Gateway Developer Guide, "Gateway response types".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from portcullis.gateway.exchange import Response
from portcullis.gateway.gates.answers import ANSWERS, StandardAnswer
from portcullis.gateway.gates.call import Call
from portcullis.gateway.resources.overlays import Overlay
from portcullis.gateway.resources.template import Template, compile_simple

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class GatewayResponses:
    """The generated responses of one stage: AWS's defaults, and overlays that replace them."""

    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)

    def answer(
        self,
        call: Call,
        name: str,
        *,
        reason: str = "",
        message: str | None = None,
        validation_error: str = "",
    ) -> Response:
        """``reason`` is for the log; ``message`` replaces the default message to the client."""
        standard = ANSWERS[name]
        context = call.context
        shown = standard.message if message is None else message
        if shown is not None:
            context["error.message"] = shown
        context["error.messageString"] = json.dumps(shown, ensure_ascii=False)
        if standard.type is not None:
            context["error.responseType"] = standard.type
        if validation_error:
            context["error.validationErrorString"] = validation_error
        overlay = self._overlay(standard)
        content_type, template = self._template(standard, overlay, call)
        headers: list[tuple[str, str]] = [
            ("Content-Type", content_type),
            ("x-amzn-ErrorType", standard.error_type),
        ]
        if overlay is not None:
            for header, value in overlay.headers:
                rendered = value.render(context, self.stage_variables)
                headers = [(n, v) for n, v in headers if n.lower() != header.lower()]
                headers.append((header, rendered))
        return Response(
            status=standard.status if overlay is None else overlay.status or standard.status,
            headers=tuple(headers),
            body=template.render(context, self.stage_variables).encode(),
            layer=standard.layer,
            reason=reason or name,
            error_type=standard.error_type,
        )

    def _overlay(self, standard: StandardAnswer) -> Overlay | None:
        if standard.type is None:
            return None
        own = self.overlays.get(standard.type)
        if own is not None:
            return own
        family = "DEFAULT_4XX" if standard.status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        return self.overlays.get(family)

    def _template(
        self, standard: StandardAnswer, overlay: Overlay | None, call: Call
    ) -> tuple[str, Template]:
        if overlay is None or not overlay.templates:
            return JSON, _STANDARD_TEMPLATES[standard.template]
        content_type = accepted_type(overlay.templates, call)
        return content_type, overlay.templates[content_type]


def accepted_type(templates: Mapping[str, Template], call: Call) -> str:
    """The first content type that the client accepts, else JSON, else the first with a template."""
    accepted = (call.request.header("accept") or JSON).split(",")[0].split(";")[0].strip()
    return next((t for t in (accepted, JSON) if t in templates), next(iter(templates)))


_STANDARD_TEMPLATES = {
    text: compile_simple(text, place="gateway responses", escapes=True)
    for text in {answer.template for answer in ANSWERS.values()}
}
