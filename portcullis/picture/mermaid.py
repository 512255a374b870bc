"""Draws a stack as a Mermaid flowchart, which GitHub and GitLab render in Markdown."""

from collections.abc import Iterator

from portcullis.picture.stack_picture import StackPicture

_ENTITIES = {ord(character): f"#{ord(character)};" for character in '#"&<>{}[]|`'}
OWN = "API Gateway"  # what answers a route without a backend


def mermaid(picture: StackPicture) -> str:
    """The picture as a flowchart from left to right."""
    return "\n".join(["flowchart LR", *(f"  {line}" for line in _lines(picture))]) + "\n"


def _lines(picture: StackPicture) -> Iterator[str]:
    previous = "partner"
    yield 'partner(["partner"])'
    for number, gate in enumerate(picture.gates, 1):
        facts = gate.facts or ("not in this stack",)
        name = f"gate{number}"
        yield f'{name}["{_text(gate.title)}<br/>{"<br/>".join(_text(fact) for fact in facts)}"]'
        yield f"{previous} --> {name}"
        if gate.is_missing:
            yield f"class {name} missing"
        previous = name
    targets = dict.fromkeys(route.backend or OWN for route in picture.routes)
    ids = {target: f"backend{number}" for number, target in enumerate(targets, 1)}
    for target, name in ids.items():
        yield f'{name}[("{_text(target)}")]'
    for number, route in enumerate(picture.routes, 1):
        scope = f"<br/>{_text(route.scope)}" if route.scope else ""
        yield f'route{number}["{route.method} {_text(route.path)}{scope}"]'
        yield f"{previous} --> route{number} --> {ids[route.backend or OWN]}"
    yield "classDef missing stroke:#b3261e,stroke-dasharray:5 4"


def _text(text: str) -> str:
    """A label in quotes, with the characters that end it as Mermaid's entities."""
    return text.translate(_ENTITIES)
