"""The client certificates by which a backend recognises this stack's API Gateway.

Source: API Gateway Developer Guide, "Generate and configure an SSL certificate for backend
authentication in API Gateway".
"""

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions


def backend_certificates(
    component: str, names: Sequence[str], *, prefix: str, parent: Resource
) -> list[aws.apigateway.ClientCertificate]:
    """One certificate per name, in order. API Gateway keeps the private keys."""
    return [
        aws.apigateway.ClientCertificate(
            f"{component}-backend-certificate-{name}",
            description=f"{prefix} presents it to its backend: {name}",
            opts=ResourceOptions(parent=parent),
        )
        for name in names
    ]


def certificates_pem(certificates: Sequence[aws.apigateway.ClientCertificate]) -> Output[str]:
    """Every certificate as PEM, one after another: the trust file of the backend."""
    pems = [certificate.pem_encoded_certificate for certificate in certificates]
    return Output.all(*pems).apply(lambda texts: "".join(map(unix_lines, texts)))


def unix_lines(pem: str) -> str:
    """AWS's have CRLF and no end of line at their end: two in one file would not be read."""
    return "".join(f"{line}\n" for line in pem.splitlines() if line)
