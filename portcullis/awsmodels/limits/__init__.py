"""Limits that no model holds, each with the AWS page that says so."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from portcullis.awsmodels.finding import ModelFinding
from portcullis.awsmodels.limits import api_gateway, names, services, stack, tags, web_acl
from portcullis.awsmodels.limits.limit import Limit
from portcullis.graph.resource import Graph, Resource

ROWS: Sequence[Limit] = (*api_gateway.ROWS, *names.ROWS, *services.ROWS, *tags.ROWS, *web_acl.ROWS)


def _by_type() -> Mapping[str, Sequence[Limit]]:
    found: dict[str, list[Limit]] = defaultdict(list)
    for row in ROWS:
        for resource_type in row.types:
            found[resource_type].append(row)
    return found


_BY_TYPE = _by_type()


def of_resource(resource: Resource) -> Iterator[ModelFinding]:
    """What a resource's own values break."""
    for row in _BY_TYPE.get(resource.type, ()):
        yield from row.findings(resource)


OF_STACK: Sequence[Callable[[Graph], Iterator[ModelFinding]]] = stack.CHECKS
