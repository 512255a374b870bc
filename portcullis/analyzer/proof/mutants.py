"""Lists all mutants of a graph in a stable order."""

from collections.abc import Iterator

from portcullis.analyzer.proof.additions import addition_mutants
from portcullis.analyzer.proof.documents import document_mutants
from portcullis.analyzer.proof.mutant import Mutant
from portcullis.analyzer.proof.properties import property_mutants
from portcullis.analyzer.proof.routes import route_mutants
from portcullis.analyzer.proof.truststores import truststore_mutants
from portcullis.analyzer.proof.web_acls import web_acl_mutants
from portcullis.graph.resource import Graph


def mutants(graph: Graph) -> Iterator[Mutant]:
    yield from property_mutants(graph)
    yield from route_mutants(graph)
    yield from web_acl_mutants(graph)
    yield from document_mutants(graph)
    yield from truststore_mutants(graph)
    yield from addition_mutants(graph)
