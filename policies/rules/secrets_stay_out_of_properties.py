"""Refuses private keys and credentials in properties, environments, code and outputs."""

import base64
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO

import pulumi
from pulumi_policy import Severity

from policies.reading import types
from policies.reading.guarded import has_guarded_api
from policies.reading.judged_apis import OF_AUTHORIZER, is_called
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.rule import EVERY_TYPE, Settings, StackRule

SECRETS = re.compile(
    # With some of the key itself behind it: libraries hold the bare marker. A newline may be
    # written out, as in JSON.
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n|\\r|[A-Za-z-]+: [^\n]*\n)*[A-Za-z0-9+/=]{16}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # an AWS access key id
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"  # a signed JWT
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b"  # a GitHub token
    # A private or a symmetric JSON Web Key, which may be written as a string inside JSON.
    r"|\{(?=[^{}]*kty\W+(?:EC|RSA|OKP|oct)\b)[^{}]*\"[dk]\\*\"\s*:\s*\\*\"[A-Za-z0-9_-]{16}"
)
# Every match of SECRETS contains one of them. To search for plain text is about ten times as fast.
MARKERS = ("PRIVATE KEY-----", "AKIA", "ASIA", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "kty")
ENCODED = "LS0tLS1CRUdJTi"  # a PEM in base64
PEM_IN_BASE64 = re.compile(rf"{ENCODED}[A-Za-z0-9+/]+")
SECRET_NAMES = re.compile(
    r"(?:password|passwd|secret|private_?key|api_?key|access_?key|token)$", re.IGNORECASE
)
SCANNED_BYTES = 2_000_000  # of one file inside a package
DESCRIPTION = ".dist-info/METADATA"  # a library's description, which may contain example keys


# The provider creates the credential and returns it, so that it is in the state in plain text or
# as a secret of the stack. What they return is not scanned: a preview does not know it. With one of
# the inputs behind it, the state has an encrypted credential, or none.
CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "aws:iam/accessKey:AccessKey": ("pgpKey",),
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": (),
    "aws:iam/userLoginProfile:UserLoginProfile": ("pgpKey",),
    "aws:iam/virtualMfaDevice:VirtualMfaDevice": (),
    "aws:iot/certificate:Certificate": ("csr",),
    "aws:lightsail/keyPair:KeyPair": ("pgpKey",),
    "tls:index/privateKey:PrivateKey": (),
}
INVOCATION = "aws:lambda/invocation:Invocation"  # its result is in the state


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type in CREDENTIALS and has_guarded_api(stack):
        if not any(resource[key].present for key in CREDENTIALS[resource.type]):
            yield f"a {resource.type} stores its private key or secret in the state of the stack."
        return
    if resource.type == INVOCATION and _may_mint(resource, stack):
        yield "it invokes an authorizer: the token in its answer is stored in the state."
    for leaf in resource.properties.leaves():
        value = leaf.leaf()
        if isinstance(value, str) and _has_secret(value):
            yield f"{leaf.path} contains a private key or a credential."
        elif isinstance(value, (pulumi.Asset, pulumi.Archive)):
            yield from _in_asset(leaf.path, value)
    if resource.type == types.FUNCTION:
        yield from _in_environment(resource["environment"]["variables"])


def _may_mint(invocation: JudgedResource, stack: Stack) -> bool:
    return has_guarded_api(stack) and is_called(
        invocation, "functionName", stack, calls=OF_AUTHORIZER
    )


def _in_environment(variables: Node) -> Iterator[str]:
    if not variables.known:
        return  # known values inside it were checked above
    for name, value in variables.entries():
        # The ARN of a secret may be passed.
        if SECRET_NAMES.search(name) and value.known and not value.text().startswith("arn:"):
            yield f"{value.path} has the name of a credential and a plain-text value."


def _in_asset(path: str, asset: pulumi.Asset | pulumi.Archive) -> Iterator[str]:
    if isinstance(asset, pulumi.StringAsset):
        if _has_secret(asset.text):
            yield f"{path} contains a private key or a credential."
    elif isinstance(asset, (pulumi.FileAsset, pulumi.FileArchive)):
        for name in _tainted(Path(str(asset.path))):
            yield f"{path} contains a private key or a credential in {name}."
    elif isinstance(asset, pulumi.AssetArchive):
        for name, inner in asset.assets.items():
            yield from _in_asset(f"{path}[{name}]", inner)


def _tainted(path: Path) -> Iterator[str]:
    """Names of the files in a package that hold a secret.

    A relative path is the program's, and a pack does not know where the program runs.
    """
    if not path.is_absolute() or not path.exists():
        return
    if zipfile.is_zipfile(path):
        found = path.stat()
        yield from _tainted_in_zip(path, found.st_mtime_ns, found.st_size)
        return
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        with file.open("rb") as opened:
            if _is_tainted(str(file), opened):
                yield file.name


@cache  # a package is large, and the same one is judged in the preview and in the update
def _tainted_in_zip(path: Path, _modified: int, _size: int) -> tuple[str, ...]:
    tainted = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            with package.open(name) as member:
                if _is_tainted(name, member):
                    tainted.append(name)
    return tuple(tainted)


def _is_tainted(name: str, file: IO[bytes]) -> bool:
    return not name.endswith(DESCRIPTION) and _has_secret(
        file.read(SCANNED_BYTES).decode(errors="ignore")
    )


def _has_secret(text: str) -> bool:
    if any(marker in text for marker in MARKERS) and SECRETS.search(text):
        return True
    return ENCODED in text and any(map(_has_secret, _decoded(text)))


def _decoded(text: str) -> Iterator[str]:
    for encoded in PEM_IN_BASE64.findall(text):
        whole = encoded[: len(encoded) // 4 * 4]
        yield base64.b64decode(whole).decode(errors="ignore")


RULE = StackRule(
    name="secrets-stay-out-of-properties",
    title="Code, environments, properties and outputs contain no private key or credential.",
    severity=Severity.CRITICAL,
    why=(
        "Properties and outputs are stored in the state file, environment variables are shown in "
        "the console, and code is in every copy of the package. A key that was stored there must "
        "be replaced."
    ),
    fix="store the secret in KMS or Secrets Manager, and pass its ARN",
    page="Security best practices in AWS Secrets Manager",
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
    frameworks=(
        "Checkov CKV_AWS_45",
        "Prowler awslambda_function_no_secrets_in_code",
        "Prowler awslambda_function_no_secrets_in_variables",
        "CWE 798",
    ),
    types=EVERY_TYPE,
    everywhere=True,
    check=_check,
)
