"""Four gates in front of a business API: settings, GuardedApi, outputs."""

from pathlib import Path

import pulumi

from components.guarded_api import GuardedApi
from portcullis.analyzer.self_check import require_gates
from portcullis.program import earlier_api, guarded_api_args
from portcullis.settings.engine_config import load_settings

require_gates()
settings = load_settings()
project = Path(__file__).resolve().parent
args = guarded_api_args(settings, project, top_level_names=True)
api = GuardedApi("gates", args, earlier_api())

pulumi.export("url", api.url)
pulumi.export("defaultEndpoint", api.default_endpoint)
pulumi.export("stage", api.stage_name)
pulumi.export("issuer", api.issuer)
pulumi.export("audience", settings.token_audience)
pulumi.export("jwks", api.jwks)
pulumi.export("openidConfiguration", api.openid_configuration)
pulumi.export("backendUrl", settings.backend_url)
pulumi.export("backendFunctionArn", settings.backend_function_arn)
pulumi.export("backendCertificatesPem", api.backend_certificates_pem)
pulumi.export("webAclArn", api.web_acl_arn)
pulumi.export("truststoreVersion", api.truststore_version)
pulumi.export("authorizerFunction", api.authorizer_function)
pulumi.export("accessLogGroup", api.access_log_group)
