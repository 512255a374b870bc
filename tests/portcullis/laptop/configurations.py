"""Valid configurations that the attack matrix must follow: none of its cases may differ."""

import json
from dataclasses import dataclass, field

import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.managed_rules import BODY_SIZE
from portcullis.pki import hierarchy
from portcullis.pki.laptop import ensure
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationRecord, sign
from tests.portcullis.laptop.running import ROOT

# What a stack for AWS needs on a laptop: docs/guide/laptop.md, "Another stack".
ON_THE_LAPTOP = {
    "clientsFile": "clients.local.yaml",
    "authorizerPlatform": "laptop",
    "accountId": "000000000000",
    "allowedCidrs": ["127.0.0.0/24"],
}
PLANS = {
    "small": {"ratePerSecond": 20, "burst": 10},
    "daily": {"ratePerSecond": 100, "burst": 50, "quotaPerDay": 100_000},
}
ARN = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Configuration:
    """Settings that differ from the stack's. ``skips`` are words of each reason to skip a case."""

    settings: dict = field(default_factory=dict)
    stack: str = "local"
    plan: str = ""  # of every client
    lists: bool = False  # a revocation list of each authority
    skips: tuple[str, ...] = ()

    def options(self, folder):
        """The options of `portcullis up`; files go to ``folder``, certificates to its pki."""
        settings = dict(self.settings)
        if self.plan:
            registry = yaml.safe_load((ROOT / "clients.local.yaml").read_text())
            for client in registry["clients"]:
                client["ratePlan"] = self.plan
            settings["clientsFile"] = str(folder / "clients.yaml")
            (folder / "clients.yaml").write_text(yaml.safe_dump(registry))
        if self.lists:
            settings["crlFile"] = str(folder / "authorities.crl")
            (folder / "authorities.crl").write_bytes(_lists(folder / "pki"))
        words = ["--stack", self.stack]
        for name, value in settings.items():
            text = value if isinstance(value, str) else json.dumps(value)
            words += ["--config", f"{name}={text}"]
        return words


def _lists(pki):
    ensure(pki, hosts=["localhost"], clients={})
    made = hierarchy.load(PkiLayout(pki), Purpose.CLIENT)
    return b"".join(
        sign(authority, RevocationRecord(crl_number=1)).public_bytes(Encoding.PEM)
        for authority in (made.root, made.issuing)
    )


CONFIGURATIONS = {
    "answers cached for a minute": Configuration({"authorizerCacheSeconds": 60}),
    "answers cached for four minutes": Configuration(
        {"authorizerCacheSeconds": 240, "tokenLifeSeconds": 3600}
    ),
    "ten calls a minute and address": Configuration({"rateLimit": 10}),
    "a long window and a high limit": Configuration(
        {"rateLimit": 10_000, "rateWindowSeconds": 300}
    ),
    "a low throttle": Configuration({"throttleRate": 20, "throttleBurst": 10}),
    "IPv4 only": Configuration({"allowedCidrs": ["127.0.0.0/24"]}),
    "IPv6 only": Configuration(
        {"allowedCidrs": ["::1/128"], "rateLimit": 500}, skips=("a second loopback address",)
    ),
    "a single address": Configuration(
        {"allowedCidrs": ["127.0.0.1/32"], "rateLimit": 500}, skips=("a second loopback address",)
    ),
    "no address of this machine": Configuration(
        {"allowedCidrs": ["203.0.113.0/24"]}, skips=("a loopback address in allowedCidrs",)
    ),
    "two signing keys, the second signs": Configuration(
        {"signingKeys": ["a", "b"], "signingKey": "b"}
    ),
    "the registry in a table": Configuration({"registry": "dynamodb"}),
    "the registry in a table, read for each call": Configuration(
        {"registry": "dynamodb", "registryCacheSeconds": 0}
    ),
    "large bodies on one route": Configuration(
        {"webAclExceptions": {BODY_SIZE: {"routes": ["POST /pets"], "reason": "Photos of pets."}}}
    ),
    "a slow rate plan": Configuration({"ratePlans": PLANS}, plan="small"),
    "a rate plan with a quota, in a table": Configuration(
        {"ratePlans": PLANS, "registry": "dynamodb"}, plan="daily"
    ),
    "a quota that a run would use up": Configuration(
        {"ratePlans": {"few": {"ratePerSecond": 50, "burst": 50, "quotaPerDay": 20}}},
        plan="few",
        skips=("a quotaPerDay",),
    ),
    "IPv6 only, a rate plan with a quota, in a table, answers cached": Configuration(
        {
            "allowedCidrs": ["::1/128"],
            "rateLimit": 500,
            "ratePlans": PLANS,
            "registry": "dynamodb",
            "authorizerCacheSeconds": 60,
        },
        plan="daily",
        skips=("a second loopback address",),
    ),
    "revocation lists": Configuration({"crlGraceSeconds": 3600}, lists=True),
    "logs of errors only, no tracing": Configuration(
        {
            "executionLogLevel": "ERROR",
            "xray": False,
            "manageAccountLogging": False,
            "logRetentionDays": 365,
        }
    ),
    "protected, with alarms, tags and keys of one's own": Configuration(
        {
            "protect": True,
            "alarmEmails": ["oncall@example.com"],
            "tags": {"team": "payments"},
            "kmsKeyArn": ARN,
            "audience": "other-api",
            "certificateClockSkewSeconds": 30,
        }
    ),
    "the certificate in a header, answers cached": Configuration(
        {"clientCertHeader": True, "authorizerCacheSeconds": 60}
    ),
    "concurrency provisioned and reserved": Configuration(
        {"provisionedConcurrency": 1, "reservedConcurrency": 5}
    ),
    "a backend that may take its time": Configuration(
        {"backendTimeoutSeconds": 29}, skips=("a backend timeout",)
    ),
    "the stack staging": Configuration(ON_THE_LAPTOP, "staging", skips=("a backend timeout",)),
    "the stack prod": Configuration(ON_THE_LAPTOP, "prod", skips=("a backend timeout",)),
}
REPRESENTATIVE = ("IPv6 only, a rate plan with a quota, in a table, answers cached",)
