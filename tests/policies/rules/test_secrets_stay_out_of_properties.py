"""A credential in a property is refused, and never repeated."""

import base64
import json
import zipfile

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("secrets-stay-out-of-properties")


@CASES.bad("function", says="environment.variables.API_TOKEN has the name of a credential")
def token_in_the_environment():
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        environment={"variables": {"API_TOKEN": "correct-horse-battery-staple"}},
    )


@CASES.good
def arn_in_the_environment():
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        environment={
            "variables": {
                "API_TOKEN": "arn:aws:secretsmanager:eu-central-1:000000000000:secret:api-1",
                "TOKEN_LIFE_SECONDS": "300",
            }
        },
    )


# Put together here, so that no scanner takes this file for the real thing.
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n"
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
JWT = ".".join(["eyJhbGciOiJFUzI1NiJ9", "eyJzdWIiOiJwZXQtc2hvcCJ9", "c2lnbmF0dXJlLXNpZ25hdHVyZQ"])


@CASES.bad("upload", says="content contains a private key or a credential")
def key_in_a_bucket():
    aws.s3.BucketObjectv2("upload", bucket="b", key="k", content=KEY)


@CASES.bad("upload")
def key_with_written_out_newlines():
    aws.s3.BucketObjectv2("upload", bucket="b", key="k", content=KEY.replace("\n", "\\n"))


@CASES.bad("function")
def access_key_in_any_variable():
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        environment={"variables": {"NOTE": f"use {ACCESS_KEY}"}},
    )


@CASES.bad("function", says="code[main.py]")
def token_in_the_code():
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        code=pulumi.AssetArchive({"main.py": pulumi.StringAsset(f"JWT = {JWT!r}")}),
    )


@CASES.bad("example-test", says="key contains a private key")
def key_in_an_output():
    pulumi.export("key", KEY)


@CASES.good
def public_halves():
    aws.s3.BucketObjectv2(
        "upload", bucket="b", key="k", content="-----BEGIN CERTIFICATE-----\nMIIB\n"
    )
    pulumi.export("publicKey", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n")


@CASES.ignored
def library_that_only_knows_the_marker():
    aws.lambda_.Function(
        "function",
        role="arn:aws:iam::000000000000:role/x",
        code=pulumi.AssetArchive(
            {"pem.py": pulumi.StringAsset('START = b"-----BEGIN PRIVATE KEY-----"\n')}
        ),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
def test_a_key_inside_a_package_is_found(judged, tmp_path, packed):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "settings.py").write_text(f"KEY = '''{KEY}'''")
    package = tmp_path / "code.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.write(folder / "settings.py", "settings.py")

    def deployed():
        aws.lambda_.Function(
            "function",
            role="arn:aws:iam::000000000000:role/x",
            code=pulumi.FileArchive(str(package if packed else folder)),
        )

    (violation,) = [v for v in judged(deployed) if v.rule == CASES.rule]
    assert "code contains a private key or a credential in settings.py" in violation.message


KINDS = {
    "key": KEY,
    "rsa": KEY.replace("PRIVATE", "RSA PRIVATE"),
    "encrypted": KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"),
    "access-key": ACCESS_KEY,
    "temporary": ACCESS_KEY.replace("AKIA", "ASIA"),
    "jwt": JWT,
    "base64": base64.b64encode(KEY.encode()).decode(),
    "jwk": json.dumps({"kty": "EC", "crv": "P-256", "x": "A" * 43, "d": "C" * 43}),
    "jwk-in-json": json.dumps({"keys": json.dumps({"d": "C" * 43, "kty": "OKP"})}),
    "symmetric-jwk": json.dumps({"k": "C" * 43, "kty": "oct"}, separators=(",", ":")),
    **{f"github-{kind}": f"gh{kind}_" + "a1" * 18 for kind in "pousr"},
}


PUBLIC = {
    "certificate": base64.b64encode(KEY.replace("PRIVATE KEY", "CERTIFICATE").encode()).decode(),
    "jwks": json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "d" * 43}]}),
}


def test_what_is_public_passes(judged):
    def program():
        for name, text in PUBLIC.items():
            aws.s3.BucketObjectv2(name, bucket="b", key="k", content=text)

    assert [v for v in judged(program) if v.rule == CASES.rule] == []


def test_every_kind_of_secret_is_found(judged):
    def program():
        for name, secret in KINDS.items():
            aws.s3.BucketObjectv2(name, bucket="b", key="k", content=f"use {secret}")

    refused = {v.resource_name for v in judged(program) if v.rule == CASES.rule}
    assert refused == set(KINDS)


@pytest.mark.parametrize("secret", [KEY, ACCESS_KEY, JWT], ids=["key", "access key", "token"])
def test_a_message_never_repeats_what_it_found(judged, secret):
    def program():
        aws.s3.BucketObjectv2("upload", bucket="b", key="k", content=secret)

    for violation in judged(program):
        assert secret[12:30] not in violation.message
