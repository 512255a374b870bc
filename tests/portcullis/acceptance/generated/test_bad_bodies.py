"""Bodies that break a model in one way each, and only in ways that the model forbids."""

import json

import yaml

from portcullis.acceptance.generated.values import accepts
from portcullis.acceptance.matrix.gate import Gate
from tests.portcullis.acceptance.generated.parts import PARTS


def test_each_kind_of_body_that_the_model_forbids_is_sent_once(cases):
    found = cases(PARTS)
    model = yaml.safe_load(PARTS)["paths"]["/parts"]["post"]["requestBody"]["content"]
    schema = model["application/json"]["schema"]
    bad = {n.removeprefix("post-parts-body-"): c for n, c in found.items() if "parts-body-" in n}
    other = bad.pop("of-another-media-type")
    assert set(bad) == {
        *("not-json", "missing", "of-another-type", "without-a-member", "with-an-extra-member"),
        *("with-a-wrong-type", "outside-enum", "below-minimum", "above-maximum", "too-short"),
        "against-pattern",
    }
    for name, case in bad.items():
        assert case.expect.gate is Gate.VALIDATION
        if name != "not-json":
            assert not accepts(schema, {}, json.loads(case.request.body or b"{}")), name
    assert accepts(schema, {}, json.loads(found["post-parts-valid"].request.body))
    assert other.expect.gate is Gate.BACKEND


def test_a_body_that_the_model_accepts_is_no_attack(cases):
    """An empty body is an empty object to API Gateway, and this model takes it."""
    loose = PARTS.replace("required: [kind]", "description: any").replace(
        "additionalProperties: false", "title: Part"
    )
    found = cases(loose)
    assert not {"post-parts-body-missing", "post-parts-body-with-an-extra-member"} & set(found)
