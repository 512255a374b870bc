"""The CI roles of one AWS account: OIDC provider, deployer, reader, and their rights."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# They stand at the top of the project, found by the line above.
from bootstrap.ci_role import READER_NAME, CiRole, CiRoleArgs
from bootstrap.ci_settings import CiSettings, require_account
from bootstrap.deployer_policies import deployer_policies, reader_policies
from bootstrap.scopes import Scopes
from components.arn import Place

settings = CiSettings.load()
place = Place(region=settings.region, account_id=settings.account_id)
require_account(settings)
scopes = Scopes(
    place,
    settings.hosted_zone_id,
    (settings.tag_key, settings.tag_value),
    settings.name_prefix,
)
role = CiRole(
    "ci",
    CiRoleArgs(
        account_id=settings.account_id,
        partition=place.partition,
        issuer=settings.issuer,
        subjects=settings.trusted_subjects,
        policies=deployer_policies(scopes, state_bucket=settings.state_bucket),
        provider_arn=settings.provider_arn,
    ),
)
pulumi.export("roleArn", role.arn)
if settings.reader_subjects:
    reader = CiRole(
        "ci-reader",
        CiRoleArgs(
            account_id=settings.account_id,
            partition=place.partition,
            issuer=settings.issuer,
            subjects=settings.reader_subjects,
            policies=reader_policies(scopes, state_bucket=settings.state_bucket),
            provider_arn=role.provider_arn,
            provider=role.provider,
            role_name=READER_NAME,
            purpose="previews and checks the stacks of Portcullis",
        ),
    )
    pulumi.export("readerRoleArn", reader.arn)
