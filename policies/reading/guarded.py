"""Finds out whether a stack is meant to have an API behind mutual TLS.

A stack that has lost its domain with mutual TLS still has what stood around it. So any trace of
mutual TLS counts, not only the domain: see docs/decisions/0017-which-apis-are-judged.md.
"""

import re

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.truststore import OBJECTS

OUR_COMPONENTS = "portcullis:index:"
GATEWAY = ("aws:apigateway/", "aws:apigatewayv2/")
# As in $context.identity.clientCert.serialNumber.
CLIENT_CERTIFICATE = re.compile(
    r"\bclientCert\.(?:clientCertPem|subjectDN|issuerDN|serialNumber|validity)"
)
TRUSTSTORE = ("truststore", "trust-store", "trust_store")


@once_per_stack
def has_guarded_api(stack: Stack) -> bool:
    """Whether the stack has, or has lost, an API behind mutual TLS, or is configured to have one.

    The world of such a stack is closed: what cannot be judged is a violation. Other programs are
    not judged by rules that protect the authorizer of a guarded API.
    """
    return (
        stack.is_widened
        or any(map(requires_certificate, stack.of_type(types.REST_DOMAIN, types.HTTP_DOMAIN)))
        or has_our_components(stack)
        or any(map(_is_truststore, stack.of_type(*OBJECTS)))
        or any(mentions_certificate(one) for one in stack.resources if one.type.startswith(GATEWAY))
    )


def requires_certificate(domain: JudgedResource) -> bool:
    return domain["mutualTlsAuthentication"].present


@once_per_stack
def has_our_components(stack: Stack) -> bool:
    """Whether the stack uses components of this project: every API beside them is a partner API."""
    return any(one.type.startswith(OUR_COMPONENTS) for one in stack.resources)


def mentions_certificate(resource: JudgedResource) -> bool:
    """Whether a known string of the resource names the client certificate of a request."""
    return any(CLIENT_CERTIFICATE.search(text) for _, text in resource.properties.strings())


def _is_truststore(upload: JudgedResource) -> bool:
    names = [upload.name, *(upload[key].text() for key in ("key", "bucket") if upload[key].is_text)]
    return any(word in name.lower() for name in names for word in TRUSTSTORE)
