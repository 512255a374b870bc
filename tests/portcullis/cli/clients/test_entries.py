"""`portcullis clients add`, `suspend`, `resume` and `remove`."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.authorizer.making import certificate as client_certificate
from tests.portcullis.cli.clients.running import FILE, refused, run

made = partial(client_certificate, not_after=datetime.now(UTC) + timedelta(days=9))


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


def by(certificate_file, made, *options):
    """The entry of a client that is added by this certificate."""
    certificate_file.write_bytes(made.public_bytes(Encoding.PEM))
    run("add", "new", "--scope", "pets:read", "--certificate", certificate_file, *options)
    (match,) = json.loads(run("show", "new"))["match"]
    run("remove", "new")
    return match


def test_the_names_of_a_certificate_are_its_uris_else_its_hosts_else_its_subject(
    registry, tmp_path
):
    path, hosts = tmp_path / "shop.pem", ("Shop.example", "*.example")
    uri = by(path, made(uris=("spiffe://a/new",), dns_names=hosts))
    assert uri == {"kind": "sanUri", "value": "spiffe://a/new"}
    host = by(path, made(uris=(), dns_names=hosts))
    assert host == {"kind": "sanDns", "value": "shop.example"}
    issuer = {"2.5.4.3": "Portcullis Issuing CA", "2.5.4.10": "Portcullis"}
    subject = by(path, made(uris=(), dns_names=("*.example",)))
    assert (subject["kind"], subject["issuer"]) == ("subject", issuer)
    bound = by(path, made(uris=("spiffe://a/new",)), "--bind-issuer")
    assert bound["kind"] == "sanUri"
    assert bound["issuer"] == issuer
    nameless = made(uris=(), subject=x509.Name([]))
    path.write_bytes(nameless.public_bytes(Encoding.PEM))
    new = ("add", "new", "--scope", "pets:read")
    assert "No name of the client's certificate" in refused(*new, "--certificate", path)
    assert "--bind-issuer need a --certificate" in refused(
        *new, "--san-uri", "a:b", "--bind-issuer"
    )


def test_scopes_are_replaced_and_the_rest_of_the_file_stays(registry):
    run("set-scopes", "pet-shop", "--scope", "pets:write", "--scope", "pets:read")
    assert registry.read_text() == FILE.replace("[pets:read]", "[pets:write, pets:read]")
    assert "Nothing to change" in run(
        "set-scopes", "pet-shop", "--scope", "pets:read", "--scope", "pets:write"
    )
    assert "pets:eat" in refused("set-scopes", "pet-shop", "--scope", "pets:eat")
    assert "'nobody' does not exist" in refused("set-scopes", "nobody", "--scope", "pets:read")


def test_a_change_in_json_says_what_was_written(registry):
    printed = json.loads(run("suspend", "pet-shop", "--json"))
    assert "+    status: suspended" in printed["diff"]
    assert printed["written"] is True
    assert "portcullis reload" in printed["effect"]
    again = json.loads(run("suspend", "pet-shop", "--json"))
    assert again == {"diff": "", "written": False, "effect": None}


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
