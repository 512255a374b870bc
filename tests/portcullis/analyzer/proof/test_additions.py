"""Additions leave the stack as it is and add one resource or value."""

from portcullis.analyzer.proof import types
from portcullis.analyzer.proof.additions import PRIVATE_KEY, addition_mutants
from portcullis.analyzer.proof.mutant import literal, twin, with_resource


def test_an_added_resource_has_a_urn_of_its_own(stack):
    before = {resource.urn for resource in stack}
    for mutant in addition_mutants(stack):
        urns = [resource.urn for resource in mutant.graph]
        assert len(set(urns)) == len(urns), mutant
        assert len(set(urns) - before) <= 3, mutant  # a role, a policy and its attachment


def test_each_way_around_a_guard_is_added(stack):
    added = {
        resource.type
        for mutant in addition_mutants(stack)
        for resource in mutant.graph
        if stack.by_urn(resource.urn) is None
    }
    assert {types.STAGE, types.DOMAIN, types.MAPPING, types.REST_API, types.KEY} <= added
    assert "aws:lambda/functionUrl:FunctionUrl" in added
    assert "aws:apigateway/response:Response" in added


def test_a_private_key_is_put_into_outputs_and_environment(stack):
    mutants = {str(mutant): mutant.graph for mutant in addition_mutants(stack)}
    exported = mutants["example-test: a private key as an output"]
    assert exported.stack_outputs["clientKey"] == PRIVATE_KEY
    (function,) = mutants["authorizer: a private key in its environment"].of_type(types.FUNCTION)
    assert function.inputs["environment"]["variables"]["NOTE"] == PRIVATE_KEY


def test_a_foreign_caller_gets_a_permission_of_its_own(stack):
    principals = {
        permission.inputs["principal"]
        for mutant in addition_mutants(stack)
        for permission in mutant.graph.of_type(types.PERMISSION)
        if permission.name == "second"
    }
    assert {"999999999999", "arn:aws:iam::999999999999:role/minter"} < principals


def test_only_the_function_of_an_authorizer_loses_control_of_its_code(stack):
    (function,) = stack.of_type(types.FUNCTION)
    other = literal(twin(function, "other"), "name", "other")
    mutants = list(addition_mutants(with_resource(stack, other)))
    layered = [m.target for m in mutants if m.what == "a layer of another account"]
    assert layered == ["authorizer"]


def test_an_added_key_encrypts_a_log_of_the_stack(stack):
    """A key that nothing uses is no part of a guarded API, and is not judged."""
    graph = next(m.graph for m in addition_mutants(stack) if "never rotated" in m.what)
    (key,) = [one for one in graph.of_type(types.KEY) if one.name == "data"]
    used = [group.property_dependencies.get("kmsKeyId") for group in graph.of_type(types.LOG_GROUP)]
    assert (key.urn,) in used


def test_a_mapping_loses_its_dependency_on_the_association(stack):
    hasty = next(m for m in addition_mutants(stack) if m.what.startswith("without the dependency"))
    (association,) = stack.of_type(types.ASSOCIATION)
    (before,), (after,) = stack.of_type(types.MAPPING), hasty.graph.of_type(types.MAPPING)
    assert association.urn in before.dependencies
    assert association.urn not in after.dependencies
