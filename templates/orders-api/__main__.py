"""The Orders API behind four gates: mutual TLS, web ACL, authorizer, header mapping."""

from pathlib import Path

import pulumi
from portcullis_gates.components.guarded_api import GuardedApi
from portcullis_gates.portcullis.analyzer.self_check import require_gates
from portcullis_gates.portcullis.program import guarded_api_args
from portcullis_gates.portcullis.settings.engine_config import load_settings

require_gates()  # the policy pack judges this program, also without --policy-pack
settings = load_settings()  # the keys portcullis:… of Pulumi.yaml and Pulumi.<stack>.yaml
api = GuardedApi("orders", guarded_api_args(settings, Path(__file__).resolve().parent))

pulumi.export("url", api.url)
pulumi.export("defaultEndpoint", api.default_endpoint)
pulumi.export("stage", api.stage_name)
pulumi.export("issuer", api.issuer)
pulumi.export("audience", settings.token_audience)
pulumi.export("jwks", api.jwks)  # the keys that the backend verifies tokens with
pulumi.export("backendUrl", settings.backend_url)
pulumi.export("backendCertificatesPem", api.backend_certificates_pem)  # the backend trusts these
pulumi.export("webAclArn", api.web_acl_arn)
pulumi.export("truststoreVersion", api.truststore_version)
pulumi.export("authorizerFunction", api.authorizer_function)
pulumi.export("accessLogGroup", api.access_log_group)
