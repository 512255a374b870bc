"""A change that listeners, emulator or backend cannot take over is refused by name."""

from types import SimpleNamespace

import pytest

from portcullis.errors import PortcullisError
from portcullis.laptop.gateway_certificates import CLIENT_CERTIFICATE
from portcullis.laptop.rehearsed_stack import DeployedStack
from portcullis.laptop.restart import require_no_restart
from tests.portcullis.laptop.exported.stacks import domain, resource, stack, truststore_object


def deployed(*resources, region="eu-central-1", renewal_key="", **outputs):
    return DeployedStack(
        graph=stack(*(resources or (domain(), truststore_object(content="PEM"))), **outputs),
        config=None,
        settings=SimpleNamespace(
            region=region, account_id="000000000000", certificate_renewal_key_arn=renewal_key
        ),
        overrides={},
        emulator=None,
    )


@pytest.mark.parametrize(
    ("following", "changed"),
    [
        (deployed(truststore_object(content="PEM")), "the name of the custom domain"),
        (
            deployed(domain(domainName="b.example"), truststore_object(content="PEM")),
            "the name of the custom domain",
        ),
        (deployed(region="eu-west-1"), "region or account"),
        (deployed(renewal_key="arn:b"), "certificateRenewalKeyArn"),
        (deployed(backendUrl="https://b.example"), "backendUrl"),
        (deployed(backendFunctionArn="arn:b"), "backendFunctionArn"),
        (deployed(audience="b"), "audience"),
        (
            deployed(
                domain(),
                truststore_object(content="PEM"),
                resource(CLIENT_CERTIFICATE, "first", pemEncodedCertificate="PEM"),
            ),
            "whether the gateway presents a certificate to the backend",
        ),
    ],
    ids=[
        "no-domain",
        "name",
        "region",
        "renewal",
        "backend",
        "function",
        "audience",
        "certificate",
    ],
)
def test_a_restart_is_asked_for(following, changed):
    with pytest.raises(PortcullisError, match=f"Restart `portcullis up` to change {changed};"):
        require_no_restart(deployed(), following, starts_backend=True)


@pytest.mark.parametrize(
    "following",
    [
        deployed(),
        deployed(domain(), truststore_object(content="another PEM")),
        deployed(domain(securityPolicy="TLS_1_2"), truststore_object(content="PEM")),
        deployed(audience="b"),
    ],
    ids=["same", "truststore", "security-policy", "audience-of-a-foreign-backend"],
)
def test_other_changes_need_none(following):
    require_no_restart(deployed(), following, starts_backend=False)
