"""A stack for AWS in a folder of its own, and AWS as moto answers it."""

import shutil
import urllib.request
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from portcullis.doctor import aws_access
from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.stack_under_check import StackUnderCheck
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.groups.domain import DomainSettings
from portcullis.settings.groups.location import LocationSettings

PROJECT = Path(__file__).parents[3]
REGION = "eu-central-1"
MOTO_ACCOUNT = "123456789012"
DOMAIN = "api.example.com"
ZONE = "Z0123456789ABCDEFGHIJ"
AWS_VARIABLES = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture(scope="session")
def moto_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    for name in AWS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@pytest.fixture
def aws(moto_url, monkeypatch, no_credentials):
    """Access to an empty account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    # moto imports a service at its first call, and the machine may be busy.
    for limit in ("CONNECT_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(aws_access, limit, 300)
    reset = urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")  # noqa: S310
    urllib.request.urlopen(reset).close()  # noqa: S310 - moto on the loopback address
    return AwsAccess(REGION)


@pytest.fixture
def stack_with(tmp_path):
    """A stack of moto's account; settings of the groups may be changed."""

    def make(*, authorizer=None, clients=None, **domain):
        return StackUnderCheck(
            project=tmp_path,
            stack="dev",
            location=LocationSettings(stack="dev", region=REGION, account_id=MOTO_ACCOUNT),
            domain=DomainSettings(
                **{"domain": DOMAIN, "truststore_file": "truststore.pem", "hosted_zone_id": ZONE}
                | domain
            ),
            authorizer=authorizer or AuthorizerSettings(),
            clients=clients or ClientSettings(),
        )

    return make


@pytest.fixture
def project(tmp_path):
    """A project with the stacks of this one."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in [*PROJECT.glob("Pulumi*.yaml"), *PROJECT.glob("clients.*.yaml")]:
        shutil.copy(path, folder)
    shutil.copy(PROJECT / "truststore.example.pem", folder)
    return folder
