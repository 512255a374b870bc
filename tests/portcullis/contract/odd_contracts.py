"""Odd contracts, as people and generators write them: those that are taken, and those refused."""

import textwrap

HEAD = "openapi: 3.0.3\ninfo: {title: Orders, version: 1.0.0}\n"
OK = "{'200': {description: ok}}"


def paths(text, tail=""):
    return f"{HEAD}paths:\n{textwrap.indent(textwrap.dedent(text), '  ')}{textwrap.dedent(tail)}"


def get(members, path="/orders", tail=""):
    return paths(f"{path}:\n  get: {{x-scope: orders:read, responses: {OK}{members}}}\n", tail)


def post(schema, tail=""):
    body = f"{{content: {{application/json: {{schema: {schema}}}}}}}"
    return paths(
        f"/orders:\n  post: {{x-scope: orders:write, requestBody: {body}, responses: {OK}}}\n", tail
    )


def models(*schemas):
    return "components:\n  schemas:\n" + "".join(f"    {schema}\n" for schema in schemas)


def with_parameter(parameter, path="/orders"):
    return get(f", parameters: [{parameter}]", path)


DEEP = "{type: object, properties: {a: " * 25 + "{type: string}" + "}}" * 25
TAKEN = {
    "no components": get(""),
    "empty sections of components": get("", tail="components:\n  schemas:\n  parameters:\n"),
    "no description of the API": get(""),
    "a description of several lines": get(", description: 'one\\n\\n\U0001f4e6 two'"),
    "a cookie parameter": with_parameter("{name: session, in: cookie, schema: {type: string}}"),
    "an array in the query": with_parameter(
        "{name: tag, in: query, schema: {type: array, items: {type: string}}}"
    ),
    "an object in the query": with_parameter(
        "{name: filter, in: query, style: deepObject, explode: true, schema: {type: object}}"
    ),
    "an optional parameter with brackets": with_parameter("{name: 'page[size]', in: query}"),
    "a parameter with content": with_parameter(
        "{name: filter, in: query, content: {application/json: {schema: {type: object}}}}"
    ),
    "a required header of HTTP": with_parameter("{name: Accept, in: header, required: true}"),
    "a parameter with a reference to a schema": get(
        ", parameters: [{name: at, in: query, schema: {$ref: '#/components/schemas/Day'}}]",
        tail=models("Day: {type: string, format: date}"),
    ),
    "parameters of the path, overridden": paths(
        f"""\
        /orders/{{id}}:
          parameters:
            - {{name: id, in: path, required: true, schema: {{type: string}}}}
            - {{name: X-Tenant, in: header, required: true, schema: {{type: string}}}}
          get:
            x-scope: orders:read
            parameters: [{{name: X-Tenant, in: header, schema: {{type: string}}}}]
            responses: {OK}
        """
    ),
    "a greedy path and its parent": paths(
        f"""\
        /files: {{get: {{x-scope: files, responses: {OK}}}}}
        /files/{{proxy+}}:
          get:
            x-scope: files
            parameters: [{{name: proxy, in: path, required: true, schema: {{type: string}}}}]
            responses: {OK}
        """
    ),
    "a segment with a point": get("", "/orders.json"),
    "every method": paths(
        "/orders:\n"
        + "".join(
            f"  {method}: {{x-scope: orders:{method}, responses: {{}}}}\n"
            for method in ("get", "put", "post", "delete", "options", "head", "patch")
        )
    ),
    "no responses": paths("/orders: {get: {x-scope: orders:read}}\n"),
    "only a default response": paths(
        "/orders: {get: {x-scope: orders:read, responses: {default: {description: any}}}}\n"
    ),
    "several good answers": paths(
        "/orders: {get: {x-scope: a, responses: {200: {description: a}, 202: {description: b},"
        " 3XX: {description: c}}}}\n"
    ),
    "links, callbacks and examples": paths(
        """\
        /orders:
          post:
            x-scope: orders:write
            requestBody:
              content: {application/json: {schema: {type: object}, examples: {a: {value: {}}}}}
            callbacks: {done: {'{$request.body#/url}': {post: {responses: {}}}}}
            responses: {'201': {description: ok, links: {self: {operationId: getOrder}}}}
        """,
        "components: {examples: {a: {value: 1}}, links: {}, callbacks: {}}\n",
    ),
    "a form and a file": paths(
        f"""\
        /orders:
          post:
            x-scope: orders:write
            requestBody:
              content:
                application/x-www-form-urlencoded: {{schema: {{type: object}}}}
                multipart/form-data:
                  schema: {{type: object, properties: {{f: {{type: string, format: binary}}}}}}
                  encoding: {{f: {{contentType: image/png}}}}
                application/octet-stream: {{schema: {{type: string, format: binary}}}}
            responses: {OK}
        """
    ),
    "JSON with a character set": paths(
        "/orders: {post: {x-scope: a, requestBody: {content: {'application/json; charset=utf-8':"
        " {schema: {type: object}}}}, responses: {}}}\n"
    ),
    "a body of GET": paths(
        "/orders: {get: {x-scope: a, requestBody: {content: {application/json:"
        " {schema: {type: object}}}}, responses: {}}}\n"
    ),
    "a body of DELETE": paths(
        "/orders: {delete: {x-scope: a, requestBody: {content: {application/json:"
        " {schema: {type: object}}}}, responses: {}}}\n"
    ),
    "a model that contains itself": post(
        "{$ref: '#/components/schemas/Part'}",
        models(
            "Part: {properties: {parts: {type: array, items: {$ref: '#/components/schemas/Part'}}}}"
        ),
    ),
    "two models that contain each other": post(
        "{$ref: '#/components/schemas/A'}",
        models(
            "A: {properties: {b: {$ref: '#/components/schemas/B'}}}",
            "B: {additionalProperties: {$ref: '#/components/schemas/A'}}",
        ),
    ),
    "a discriminator": post(
        "{oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: kind, mapping:"
        " {a: '#/components/schemas/A'}}}",
        models("A: {type: object, required: [kind], properties: {kind: {type: string}}}"),
    ),
    "nullable with an enum": post("{type: string, nullable: true, enum: [a, null]}"),
    "an array without items": post("{type: array}"),
    "a pattern with a Unicode class": post("{type: string, pattern: '^\\p{L}[\\p{L} ]*$'}"),
    "a pattern with a named group": post("{type: string, pattern: '^(?<year>[0-9]{4})$'}"),
    "exclusive bounds of 3.0": post("{type: number, minimum: 0, exclusiveMinimum: true}"),
    "a very large number": post("{type: integer, maximum: 99999999999999999999}"),
    "keywords beside a reference": post(
        "{$ref: '#/components/schemas/A', nullable: true, description: x}",
        models("A: {type: object}"),
    ),
    "properties that are named like keywords": post(
        "{type: object, properties: {$ref: {type: string}, example: {type: string}, x-a: {type:"
        " string}, const: {type: string}}}"
    ),
    "a keyword that nobody knows": post("{type: string, minLenght: 5}"),
    "deep nesting": post(DEEP),
    "a scope by OAuth 2, by reference": paths(
        f"/orders: {{get: {{security: [{{login: [orders:read]}}], responses: {OK}}}}}\n",
        """\
        components:
          securitySchemes:
            login: {$ref: '#/components/securitySchemes/oauth'}
            oauth:
              type: oauth2
              flows: {clientCredentials: {tokenUrl: 'https://a.example', scopes: {}}}
        """,
    ),
    "a scope of the root and a key beside it": paths(
        f"/orders: {{get: {{responses: {OK}}}}}\n",
        """\
        security: [{login: [orders:read], key: []}]
        components:
          securitySchemes:
            key: {type: apiKey, in: header, name: X-Key}
            login:
              type: oauth2
              flows: {clientCredentials: {tokenUrl: 'https://a.example', scopes: {}}}
        """,
    ),
    "a scope that is a URL": paths(
        f"/orders: {{get: {{x-scope: 'https://a.example/orders.read', responses: {OK}}}}}\n"
    ),
    "anchors and merge keys": HEAD + "x-read: &read {x-scope: a, responses: {}}\n"
    "paths: {/orders: {get: {<<: *read}}}\n",
    "line ends of Windows and a byte order mark": "\ufeff" + get("").replace("\n", "\r\n"),
    "members of 3.1 beside the paths": get("", tail="webhooks: {}\njsonSchemaDialect: x\n"),
    "60 scopes": paths(
        "".join(f"/a{n}: {{get: {{x-scope: 's{n}', responses: {{}}}}}}\n" for n in range(60))
    ),
}

REFUSED = {  # the line, and the text to write instead
    "a pattern that is none": (post("{type: string, pattern: '['}"), 5, "Mend it."),
    "a later keyword: const": (post("{const: 1}"), 5, "Write enum with this one value."),
    "a later keyword: if": (post("{if: {type: string}}"), 5, "Write the alternatives under oneOf."),
    "a later keyword: $defs": (post("{$defs: {}}"), 5, "Write the schemas under components"),
    "exclusive bounds of 3.1": (
        post("{type: number, exclusiveMinimum: 0}"),
        5,
        "Write the bound as minimum, and exclusiveMinimum: true.",
    ),
    "the type null": (post("{type: 'null'}"), 5, "Write the other type, and nullable."),
    "a model that is itself": (
        post("{type: object}", models("A: {allOf: [{$ref: '#/components/schemas/A'}]}")),
        8,
        "Write it out.",
    ),
    "two models that are each other": (
        post(
            "{type: object}",
            models(
                "A: {oneOf: [{type: string}, {$ref: '#/components/schemas/B'}]}",
                "B: {not: {$ref: '#/components/schemas/A'}}",
            ),
        ),
        8,
        "Write it out.",
    ),
    "items as a list": (post("{type: array, items: [{type: string}]}"), 5, "which is a mapping"),
    "an empty enum": (post("{enum: []}"), 5, "Write a list of different values, at least one"),
    "an external reference": (post("{$ref: 'common.yaml#/Order'}"), 5, "Copy it to"),
    "a reference to a path": (
        post("{$ref: '#/paths/~1orders'}"),
        5,
        "must be #/components/schemas/NAME",
    ),
    "a custom verb": (get("", "/orders/{id}:cancel"), 4, "A segment is one {parameter}"),
    "an escaped path": (get("", "/a%20b"), 4, "A segment is one {parameter}"),
    "a path with a query": (get("", "'/a?b=1'"), 4, "A segment is one {parameter}"),
    "a parameter without its name": (get("", "/a/{}"), 4, "A segment is one {parameter}"),
    "a scope of a path that is a list": (
        paths("/orders: {x-scope: [a], get: {responses: {}}}\n"),
        4,
        "GET /orders, x-scope: is ['a']. Write one scope of 1 to 64 letters",
    ),
    "a scope of a path and another in an operation's security": (
        paths(
            "/orders: {x-scope: a, get: {security: [{b: [c]}], responses: {}}}\n",
            "components: {securitySchemes: {b: {type: oauth2}}}\n",
        ),
        4,
        "GET /orders, security: requires c, but x-scope is a. Write one of those as x-scope, or",
    ),
    "a scope of all paths": (paths("x-scope: a\n/orders: {get: {}}\n"), 4, "Move it there"),
    "a scope of the document": (get("") + "x-scope: a\n", 6, "Move it there"),
    "a scope with a star": (
        paths("/orders: {get: {x-scope: 'a*', responses: {}}}\n"),
        4,
        "Write one scope of 1 to 64 letters",
    ),
    "scopes of a bearer scheme": (
        paths(
            "/orders: {get: {security: [{b: [x]}], responses: {}}}\n",
            "components: {securitySchemes: {b: {type: http, scheme: bearer}}}\n",
        ),
        4,
        "require one scope of an oauth2 scheme",
    ),
    "a scheme that refers to itself": (
        paths(
            "/orders: {get: {security: [{b: [x]}], responses: {}}}\n",
            "components:\n  securitySchemes:\n    b: {$ref: '#/components/securitySchemes/b'}\n",
        ),
        7,
        "Write it out.",
    ),
    "a required property marked true": (
        post("{type: object, properties: {a: {type: string, required: true}}}"),
        5,
        "Write a list with at least one property's name, beside properties",
    ),
    "an unknown type": (post("{type: file}"), 5, "Write string, number, integer"),
    "a length below zero": (post("{type: string, minLength: -1}"), 5, "Correct it, or remove it."),
    "a tab": (HEAD + "paths:\n  /a:\n\tget: {}\n", 5, "Indent with spaces instead of the tab."),
    "a colon in a summary": (
        paths("/a:\n  get: {}\n  summary: Note: all\n"),
        6,
        "Put a value that contains ': ' in quotes",
    ),
    "a second document": (get("") + "---\n" + get(""), 6, "remove the ---."),
    "a page in HTML": ("<!doctype html>\n<html></html>\n", 1, "with openapi, info and paths"),
    "a comment in JSON": ('{ // c\n "openapi": "3.0.3"}', 2, "is not YAML"),
    "a tag of YAML": (HEAD + "x: !!binary aGk=\n", 3, "Write plain YAML values."),
    "OpenAPI 3.1": (get("").replace("3.0.3", "3.1.0"), 1, "Write openapi: 3.0.3"),
    "Swagger 2.0": ("swagger: '2.0'\npaths: {}\n", 1, "write openapi: 3.0.3"),
}
