"""An exported stack as on AWS: its parts are where the deploy left them, none on this machine."""

import json
from dataclasses import replace

from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource

ACCOUNT, REGION = "111122223333", "eu-central-1"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001"
JWK = {"kty": "EC", "crv": "P-256", "kid": "kid-1", "x": "x-1", "y": "y-1"}
BACKEND = "https://pets.internal.example"
TRUSTSTORE = "s3://trust/truststore.pem"


def resource(kind, name, /, **properties):
    urn = f"urn:pulumi:prod::portcullis::{kind}::{name}"
    return Resource(urn=urn, type=kind, name=name, inputs=properties, outputs=properties)


def domain(**changes):
    block = {"truststoreUri": TRUSTSTORE, "truststoreVersion": "v7"}
    facts = {"domainName": "api.example.com", "mutualTlsAuthentication": block}
    return resource("aws:apigateway/domainName:DomainName", "domain", **facts | changes)


def truststore_object(**content):
    names = {"bucket": "trust", "key": "truststore.pem", "versionId": "v7"}
    return resource("aws:s3/bucketObjectv2:BucketObjectv2", "bundle", **names, **content)


def function(name="authorizer", **changes):
    facts = {
        "name": name,
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "code": {SIGNATURE: ARCHIVE, "path": "/nowhere/authorizer.zip"},
        "environment": {"variables": {"SIGNING_KEY": KEY_ARN, "SIGNING_KID": "kid-1"}},
    }
    return resource("aws:lambda/function:Function", name, **facts | changes)


def key(arn=KEY_ARN, name="key"):
    facts = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY", "arn": arn}
    return resource("aws:kms/key:Key", name, **facts)


def api(*uris):
    paths = {
        f"/{number}": {
            "get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": uri}},
            "post": {"x-amazon-apigateway-integration": {"type": "mock", "uri": uri}},
            "parameters": [],
        }
        for number, uri in enumerate(uris or (f"{BACKEND}/pets", f"{BACKEND}/pets/{{petId}}"))
    }
    body = json.dumps({"openapi": "3.0.1", "paths": paths})
    return resource("aws:apigateway/restApi:RestApi", "api", body=body)


def stage():
    variables = {"jwk1kid": "kid-1", "jwk1x": "x-1", "jwk1y": "y-1"}
    return resource("aws:apigateway/stage:Stage", "stage", variables=variables)


def stack(*resources, **outputs):
    given = {"jwks": {"keys": [JWK]}, "backendUrl": BACKEND} | outputs
    return Graph(project="portcullis", stack="prod", resources=resources, stack_outputs=given)


def export_of(graph):
    """The document that `pulumi stack export` writes of a graph."""
    root = f"urn:pulumi:{graph.stack}::{graph.project}::pulumi:pulumi:Stack::{graph.project}"
    states = [{"urn": root, "type": "pulumi:pulumi:Stack", "outputs": dict(graph.stack_outputs)}]
    states += [
        {
            "urn": r.urn,
            "type": r.type,
            "id": r.id,
            "custom": r.custom,
            "parent": r.parent or root,
            "inputs": dict(r.inputs),
            "outputs": dict(r.outputs),
            "dependencies": list(r.dependencies),
            "propertyDependencies": {k: list(v) for k, v in r.property_dependencies.items()},
        }
        for r in graph
    ]
    return {"version": 3, "deployment": {"resources": states}}


def changed(original, **properties):
    return replace(
        original,
        inputs={**original.inputs, **properties},
        outputs={**original.outputs, **properties},
    )
