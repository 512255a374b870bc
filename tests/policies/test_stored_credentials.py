"""A credential that the provider creates and the state stores is refused beside a guarded API."""

import json

import pulumi_aws as aws

from tests.policies.added_lines import Lines, parametrised, rules_that_refuse
from tests.policies.in_process import refusals
from tests.policies.running import graph_of

LINES = Lines("secrets-stay-out-of-properties")
PGP = "keybase:somebody"


@LINES.refused
def an_access_key(_clean):
    aws.iam.AccessKey("access", user="deployer")


@LINES.refused
def a_service_specific_credential(_clean):
    aws.iam.ServiceSpecificCredential(
        "git", service_name="codecommit.amazonaws.com", user_name="deployer"
    )


@LINES.refused
def a_login_profile(_clean):
    aws.iam.UserLoginProfile("console", user="deployer")


@LINES.refused
def a_seed_of_one_time_passwords(_clean):
    aws.iam.VirtualMfaDevice("mfa", virtual_mfa_device_name="deployer")


@LINES.refused
def an_iot_certificate(_clean):
    aws.iot.Certificate("device", active=True)


@LINES.refused
def an_invocation_of_the_authorizer(clean):
    aws.lambda_.Invocation("mint", function_name=clean.function.name, input=json.dumps({}))


@LINES.refused
def an_invocation_of_the_authorizer_by_name(_clean):
    aws.lambda_.Invocation("mint", function_name="authorizer", input=json.dumps({}))


@LINES.refused
def an_invocation_of_an_unknown_function(clean):
    name = clean.api.id.apply(lambda _: "authorizer")
    aws.lambda_.Invocation("mint", function_name=name, input=json.dumps({}))


@LINES.passes
def an_encrypted_access_key(_clean):
    aws.iam.AccessKey("access", user="deployer", pgp_key=PGP)


@LINES.passes
def an_encrypted_password(_clean):
    aws.iam.UserLoginProfile("console", user="deployer", pgp_key=PGP)


@LINES.passes
def a_user_without_a_credential(_clean):
    aws.iam.User("deployer", name="deployer")


@LINES.passes
def an_iot_certificate_for_a_key_of_the_device(_clean):
    aws.iot.Certificate("device", active=True, csr="-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n")


@LINES.passes
def an_invocation_of_another_function(_clean):
    aws.lambda_.Invocation("migrate", function_name="migrate", input=json.dumps({}))


@parametrised(LINES.dangerous)
def test_a_stored_credential_is_refused(line):
    assert LINES.rule in rules_that_refuse(line)


@parametrised(LINES.innocent)
def test_other_resources_pass(line):
    assert rules_that_refuse(line) == set()


def test_a_stack_without_a_guarded_api_is_left_alone():
    def program():
        aws.iam.UserLoginProfile("console", user="deployer")
        aws.lambda_.Invocation("migrate", function_name="migrate", input=json.dumps({}))

    assert list(refusals(graph_of(program, preview=True))) == []
