"""`portcullis clients add`, `suspend`, `resume` and `remove`."""

import json

from tests.portcullis.cli.clients.running import FILE, refused, run


def test_suspend_and_resume_are_each_others_opposite(registry):
    assert "+    status: suspended" in run("suspend", "pet-shop")
    assert "status: suspended" in registry.read_text()
    run("resume", "pet-shop")
    assert registry.read_text() == FILE
    assert "Nothing to change" in run("resume", "pet-shop")


def test_a_client_is_added_by_its_certificate(registry, certificate):
    path, thumbprint = certificate
    run("add", "new", "--scope", "pets:read", "--certificate", path, "--pin")
    shown = json.loads(run("show", "new"))
    assert shown["match"] == [{"kind": "sanUri", "value": "spiffe://a/new"}]
    assert shown["pins"] == [thumbprint]


def test_a_new_client_needs_a_rate_plan_where_its_stack_has_some(registry):
    stack = registry.parent / "Pulumi.local.yaml"
    stack.write_text(
        "config:\n  portcullis:ratePlans: {gold: {ratePerSecond: 5, burst: 5}}\n",
    )
    new = ["add", "new", "--scope", "pets:read", "--san-uri", "x:y"]
    assert "one of: gold" in refused(*new)
    assert "the stack has: gold" in refused(*new, "--rate-plan", "golden")
    run(*new, "--rate-plan", "gold")
    assert "ratePlan: gold" in registry.read_text()
