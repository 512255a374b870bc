"""What a picture of a stack shows: its gates, routes, scopes and backends, read from the graph."""

from collections.abc import Iterator
from dataclasses import dataclass

from portcullis.graph.resource import Graph
from portcullis.picture.gates import DrawnGate, read_gates
from portcullis.picture.routes import DrawnRoute, read_routes

DOMAIN = "aws:apigateway/domainName:DomainName"


@dataclass(frozen=True, kw_only=True)
class StackPicture:
    """``backends`` are in the order of the routes that call them."""

    project: str
    stack: str
    domain: str
    gates: tuple[DrawnGate, ...]
    routes: tuple[DrawnRoute, ...]

    @property
    def backends(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.backend for r in self.routes if r.backend is not None))


def read_picture(graph: Graph) -> StackPicture:
    """The picture of a planned or deployed graph."""
    routes = tuple(read_routes(graph))
    return StackPicture(
        project=graph.project,
        stack=graph.stack,
        domain=", ".join(_domains(graph)) or "no custom domain",
        gates=read_gates(graph, routes),
        routes=routes,
    )


def _domains(graph: Graph) -> Iterator[str]:
    for domain in graph.of_type(DOMAIN):
        yield str(domain.property("domainName"))
