"""The edits of a graph change inputs, outputs and dependencies together."""

from portcullis.analyzer.proof.mutant import GONE, changed, twin, without


def test_edits_reach_inputs_and_outputs_and_nothing_else(stack):
    (domain,) = stack.of_type("aws:apigateway/domainName:DomainName")
    bare = changed(domain, ("mutualTlsAuthentication", "truststoreVersion"), GONE)
    for properties in (bare.inputs, bare.outputs):
        assert set(properties["mutualTlsAuthentication"]) == {"truststoreUri"}
    assert "truststoreVersion" in domain.inputs["mutualTlsAuthentication"]


def test_a_resource_that_is_gone_is_forgotten_by_everybody(stack):
    (bucket,) = stack.of_type("aws:s3/bucket:Bucket")
    rest = without(stack, bucket)
    for resource in rest:
        assert bucket.urn not in resource.dependencies
        assert all(bucket.urn not in urns for urns in resource.property_dependencies.values())


def test_a_twin_has_a_urn_of_its_own(stack):
    (domain,) = stack.of_type("aws:apigateway/domainName:DomainName")
    second = twin(domain, "second", mutualTlsAuthentication=GONE)
    assert second.urn.endswith("::second")
    assert "mutualTlsAuthentication" not in second.inputs
    assert "mutualTlsAuthentication" not in second.property_dependencies
