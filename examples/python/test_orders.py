"""A unit test of the program with Pulumi's mocks: no engine, no account.

With preview=True the outputs that AWS computes stay unknown, and the mocks answer one lookup: for
the account of the credentials. Without it they must return all outputs, also a real public key for
aws:kms/getPublicKey:getPublicKey.
"""

import runpy

import pulumi

ACCOUNT = "111122223333"


class Mocks(pulumi.runtime.Mocks):
    def __init__(self):
        self.registered = []

    def new_resource(self, args):
        self.registered.append(args)
        return args.name, args.inputs

    def call(self, args):
        return {"accountId": ACCOUNT}  # aws:index/getCallerIdentity:getCallerIdentity


def test_the_domain_requires_a_client_certificate():
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="orders", stack="dev", preview=True)
    pulumi.runtime.set_all_config({"orders:accountId": ACCOUNT})
    pulumi.runtime.test(lambda: runpy.run_path("__main__.py"))()
    kind = "aws:apigateway/domainName:DomainName"
    (domain,) = [args.inputs for args in mocks.registered if args.typ == kind]
    assert domain["mutualTlsAuthentication"]["truststoreUri"].startswith("s3://")
