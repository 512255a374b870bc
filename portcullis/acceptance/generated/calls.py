"""Makes a call that API Gateway must let through, from an operation's examples and schemas."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from portcullis.acceptance.generated.values import NoValueError, Values, accepts
from portcullis.acceptance.matrix.request import CaseRequest
from portcullis.contract.inputs import ABSENT, InputBody, InputParameter, OperationInputs
from portcullis.contract.operations import JSON

MAX_BODY_BYTES = 8192
_FORM = "application/x-www-form-urlencoded"


class Calls:
    """Makes the calls of one contract."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def valid(
        self, inputs: OperationInputs, changed: Mapping[str, Sequence[str]] | None = None
    ) -> CaseRequest:
        """The operation's required parameters and body; optional ones are left out.

        Args:
            inputs: the operation.
            changed: other values of some parameters by name; an empty list leaves one out.

        Raises:
            NoValueError: a parameter or the body has no example, and none could be made.
        """
        operation = inputs.operation
        sent: dict[tuple[str, str], Sequence[str]] = {
            (parameter.place, parameter.name): (
                changed[parameter.name]
                if changed and parameter.name in changed
                else self._texts(parameter)
            )
            for parameter in inputs.parameters
            if parameter.required
        }
        path = operation.path
        for (place, name), texts in sent.items():
            if place == "path":
                path = path.replace(f"{{{name}+}}", quote(texts[0], safe="/"))
                path = path.replace(f"{{{name}}}", quote(texts[0], safe=""))
        query = "&".join(
            f"{quote(name, safe='')}={quote(text, safe='')}"
            for (place, name), texts in sent.items()
            for text in texts
            if place == "query"
        )
        headers = [
            (name, ",".join(texts))
            for (place, name), texts in sent.items()
            if place == "header" and texts
        ]
        cookies = [
            f"{name}={texts[0]}" for (place, name), texts in sent.items() if place == "cookie"
        ]
        headers += [("Cookie", "; ".join(cookies))] if cookies else []
        body = b""
        if inputs.body is not None and (inputs.body.required or inputs.body.model is not None):
            body = self._body(inputs.body)
            headers.append(("Content-Type", inputs.body.media_type))
        return CaseRequest(
            method=operation.method,
            target=f"{path}?{query}" if query else path,
            headers=tuple(headers),
            body=body,
            scope=operation.scope or "",
        )

    def _texts(self, parameter: InputParameter) -> list[str]:
        """The parameter's value as it is sent; an array of the query is sent as several."""
        what = f"{parameter.place} parameter {parameter.name}"
        value = self._made(what, parameter.example, lambda: self._values.of(parameter.schema))
        values = value if isinstance(value, list) else [value]
        texts = [one if isinstance(one, str) else json.dumps(one) for one in values] or ["example"]
        if not all(text.strip() and text.isprintable() and text.isascii() for text in texts):
            raise NoValueError(f"{what}: an empty value counts as missing; give an example")
        return texts

    def _body(self, body: InputBody) -> bytes:
        kind = body.media_type.partition(";")[0].strip().lower()
        if kind == JSON or kind.endswith("+json"):
            value = self._made(
                "body", body.example, lambda: self._values.of(body.schema, model=body.model)
            )
            text = json.dumps(value, separators=(",", ":")).encode()
            if len(text) > MAX_BODY_BYTES:
                raise NoValueError("body: is longer than the 8 KB that the web ACL allows")
            if body.model is not None and not accepts(body.model, self._values.models, value):
                raise NoValueError("body: its schema refuses the example; correct one of them")
            return text
        if isinstance(body.example, str):
            return body.example.encode()
        return b"example=1" if body.media_type == _FORM else b"example"

    def _made(self, what: str, example: Any, make: Callable[[], Any]) -> Any:
        if example is not ABSENT:
            return example
        try:
            return make()
        except NoValueError as error:
            raise NoValueError(f"{what}: {error}") from None
