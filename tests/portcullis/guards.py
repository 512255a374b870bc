"""Guards of the program, and how to take one out of a copy of it."""

# What is removed from which file, and the rule that refuses the program without it.
GUARDS = {
    "web ACL": (
        "components/waf_shield.py",
        "aws.wafv2.WebAclAssociation(",
        "apigateway-stage-requires-web-acl",
    ),
    "authorizer": (
        "components/api_body.py",
        'uploaded["security"] = [{AUTHORIZER: []}]',
        "apigateway-route-requires-authorizer",
    ),
    "header mapping": (
        "components/api_body.py",
        '"integration.request.header.Authorization": "context.authorizer.authorization",',
        "apigateway-route-maps-authorization",
    ),
    "closed default endpoint": (
        "components/contract_api.py",
        "disable_execute_api_endpoint=",
        "apigateway-api-disables-default-endpoint",
    ),
    "truststore": (
        "components/mtls_domain.py",
        "mutual_tls_authentication=",
        "apigateway-domain-requires-mtls",
    ),
}


def without(project, gate):
    """Take the gate out of the copied program."""
    file, text, rule = GUARDS[gate]
    path = project / file
    source = path.read_text()
    assert source.count(text) == 1, f"{file} has changed: mend GUARDS"
    if text.endswith("("):  # an assignment of a resource that others only wait for
        source = source.replace(text, "_Nothing(")
        source += (
            "\n\nclass _Nothing(pulumi.ComponentResource):\n"
            "    def __init__(self, name, opts=None, **_):\n"
            '        super().__init__("test:index:Nothing", name, None, opts)\n'
        )
    elif text.endswith("="):
        source = _without_argument(source, text)
    elif text.startswith("uploaded["):
        source = source.replace(text, 'uploaded["security"] = []')
    else:
        source = source.replace(text, "")
    path.write_text(source)
    return rule


def _without_argument(source, argument):
    """The source without one keyword argument of a call, found by its bracket depth."""
    start = source.index(argument)
    depth, position = 0, start
    while depth > 0 or source[position] != ",":
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(source[position], 0)
        position += 1
    return source[:start] + source[position + 1 :]
