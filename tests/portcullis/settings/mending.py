"""Configuration that is accepted, and what it is after the command of an error was run."""

import json
import shlex

import pulumi
import pytest
from pulumi.runtime.settings import Settings, configure

from portcullis.managed_rules import BODY_SIZE
from portcullis.settings.engine_config import load_settings
from portcullis.settings.setting import SettingError
from portcullis.settings.stack_settings import StackSettings

GOOD = {
    "aws:region": "eu-central-1",
    "portcullis:accountId": "111122223333",
    "portcullis:domain": "api.example.com",
    "portcullis:hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "portcullis:truststoreFile": "truststore.dev.pem",
    "portcullis:allowedCidrs": '["203.0.113.0/24", "2001:db8::/32"]',
    "portcullis:backendUrl": "https://petstore.example.com",
    "portcullis:alarmEmails": '["oncall@example.com"]',
}


CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
)


def load(config, *, stack="dev", project="portcullis"):
    configure(Settings(project=project, stack=stack))
    pulumi.runtime.set_all_config(dict(config))
    return load_settings()


def good(**fields):
    """Settings made directly, as a program without configuration would."""
    return StackSettings(
        **{
            "stack": "dev",
            "region": "eu-central-1",
            "account_id": "111122223333",
            "domain": "api.example.com",
            "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
            "truststore_file": "truststore.dev.pem",
            "allowed_cidrs": ("203.0.113.0/24",),
            "backend_url": "https://petstore.example.com",
            "protect": False,
            **fields,
        }
    )


def mended(config, error):
    """The configuration after running the command that the error ends with."""
    words = shlex.split(str(error).rpartition(" Run: ")[2])
    assert words[:2] == ["pulumi", "config"]
    verb, *rest = words[2:]
    key, *value = [word for word in rest if word != "--path"]
    if "--path" not in rest:
        return {**config, key: value[0]} if verb == "set" else without(config, key)
    for structured in ("portcullis:ratePlans", "portcullis:tags", "portcullis:webAclExceptions"):
        if key.startswith(structured):
            return _mended_member(config, structured, key.removeprefix(structured), value)
    name, _, index = key.rstrip("]").partition("[")
    try:
        entries = json.loads(config.get(name, "[]"))
    except ValueError:
        entries = []
    entries = entries if isinstance(entries, list) else []
    entries[int(index) : int(index) + 1] = value
    return {**config, name: json.dumps(entries)}


def _mended_member(config, name, path, value):
    plans = json.loads(config.get(name, "{}"))
    is_quoted = path.startswith("[")
    steps = [json.loads(path[1:-1])] if is_quoted else path.removeprefix(".").split(".")
    holder = plans
    for step in steps[:-1]:
        holder = holder.setdefault(step, {})
        assert isinstance(holder, dict)
    if value:
        holder[steps[-1]] = int(value[0]) if value[0].isdigit() else value[0]
    else:
        del holder[steps[-1]]
    return {**config, name: json.dumps(plans)}


def plans(**gold):
    return {"portcullis:ratePlans": json.dumps({"gold": gold})}


def error_of(config):
    try:
        load(config)
    except SettingError as error:
        return error
    return None


def without(config, key):
    return {name: value for name, value in config.items() if name != key}


def require_mended(change):
    """The change is refused in one line, and accepted after the commands of its errors were run."""
    config = {**GOOD, **change}
    with pytest.raises(SettingError) as caught:
        load(config)
    first = str(caught.value)
    assert "\n" not in first
    assert len(first) < 1200
    # Two faults are reported one after the other, and the first one does not return.
    second = error_of(config := mended(config, caught.value))
    if second:
        assert str(second) != first
        assert error_of(mended(config, second)) is None


def exceptions(routes, reason="Delivery notes are PDF files.", rule=BODY_SIZE):
    one = {"routes": routes, "reason": reason}
    return {"portcullis:webAclExceptions": json.dumps({rule: one})}
