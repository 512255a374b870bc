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
    "an unknown keyword": post("{type: string, minLenght: 5}"),
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
    "OpenAPI 3.0.4": get("").replace("3.0.3", "3.0.4"),
    "line ends of the old Macintosh": get("").replace("\n", "\r"),
    "a directive, and dots at the end": "%YAML 1.2\n---\n" + get("") + "...\n",
    "separators of lines in a text": get(", description: 'a\x85b\u2028c\u2029d'"),
    "words of YAML 1.1 as keys": post(
        "{type: object, properties: {on: {type: string}, yes: {type: string}, n: {type: string}}}"
    ),
    "numbers, booleans and null as keys": post(
        "{type: object, properties: {true: {type: string}, null: {type: string}, 1: {}, 1.5: {}}}"
    ),
    "words of YAML 1.1 as path, scope and parameter": paths(
        "/on: {get: {x-scope: on, parameters: [{name: yes, in: query}], responses: {}}}\n"
    ),
    "dates, times and odd numbers in an enum": post("{enum: [2020-01-01, 12:30, 0x10, 1_000]}"),
    "two paths that differ in case": paths(
        "/a: {get: {x-scope: a, responses: {}}}\n/A: {get: {x-scope: a, responses: {}}}\n"
    ),
    "a parameter beside a fixed segment": paths(
        """\
        /a/{id}:
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
          get: {x-scope: a, responses: {}}
        /a/mine: {get: {x-scope: a, responses: {}}}
        """
    ),
    "the root path": get("", "/"),
    "a path that is an extension": paths("x-a: 1\n/a: {get: {x-scope: a, responses: {}}}\n"),
    "an escape in a reference": post(
        "{allOf: [{$ref: '#/components/schemas/a%20b'}, {$ref: '#/components/schemas/a~1b'}]}",
        models("a b: {type: object}", "a/b: {type: object}", "'List<A>': {type: object}"),
    ),
    "letters beyond ASCII in a reference": post(
        "{$ref: '#/components/schemas/Gr\u00f6\u00dfe'}", models("Gr\u00f6\u00dfe: {type: object}")
    ),
    "a number as the name of a model": post(
        "{$ref: '#/components/schemas/1'}", models("1: {type: object}")
    ),
    "a model that contains itself behind allOf": post(
        "{$ref: '#/components/schemas/A'}",
        models("A: {allOf: [{properties: {b: {$ref: '#/components/schemas/A'}}}]}"),
    ),
    "an example that looks like a reference": post("{example: {$ref: '#/nowhere'}}"),
    "odd names of optional parameters": get(
        ", parameters: [{name: 'a b', in: query}, {name: $top, in: query}, {name: 'ids[]', in: "
        "query}, {name: '@id', in: query}, {name: 'a:b', in: header}]"
    ),
    "a parameter with the type of 2.0": with_parameter("{name: a, in: query, type: string}"),
    "a number as operationId": get(", operationId: 1"),
    "a description that is a list": get(", description: [a]"),
    "an unknown member of an operation": get(", requestbody: {content: {}}"),
    "any media type": paths(
        "/a: {post: {x-scope: a, requestBody: {content: {'*/*': {schema: {type: object}},"
        " application/vnd.api+json: {schema: {type: object}}, text/csv: }}, responses: {}}}\n"
    ),
    "a body without content": paths("/a: {post: {x-scope: a, requestBody: {}, responses: {}}}\n"),
    "two schemes with the same scope": paths(
        "/a: {get: {security: [{o: [x]}, {p: [x]}], responses: {}}}\n",
        "components: {securitySchemes: {o: {type: oauth2}, p: {type: openIdConnect}}}\n",
    ),
    "odd servers": get("", tail="servers: {}\ntags: 5\nexternalDocs: 5\n"),
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
    "a path with a tilde": (get("", "'/~user'"), 4, "A segment is one {parameter}"),
    "a path with an at sign": (get("", "'/@user'"), 4, "A segment is one {parameter}"),
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
    "OpenAPI 3.0 without the last number": (
        get("").replace("3.0.3", "3.0"),
        1,
        "is 3.0, which is not a whole version. Write openapi: 3.0.3",
    ),
    "OpenAPI 3.2": (get("").replace("3.0.3", "3.2.0"), 1, "Write openapi: 3.0.3"),
    "both versions": ("swagger: '2.0'\n" + get(""), 1, "write openapi: 3.0.3"),
    "AsyncAPI": ("asyncapi: 2.0.0\nchannels: {}\n", 1, "has no openapi. Write openapi: 3.0.3"),
    "a method with a spelling mistake": (
        paths("/a: {gte: {responses: {}}}\n"),
        4,
        "/a, gte: is not a member of a path, nor a method of API Gateway. Write one of get, put,",
    ),
    "the method CONNECT": (paths("/a: {connect: {}}\n"), 4, "nor a method of API Gateway."),
    "a number as a method": (paths("/a: {1: {}}\n"), 4, "nor a method of API Gateway."),
    "a path that is null": (paths("/a:\n"), 4, "must be a mapping of methods."),
    "an empty path": (paths("'': {}\n"), 4, "'': a path begins with a slash. Write /"),
    "a number as a path": (paths("1: {}\n"), 4, "1: a path begins with a slash. Write /1"),
    "a path through its parent": (get("", "/a/../b"), 4, "clients resolve the segment .."),
    "an OData path": (get("", "'/Users({id})'"), 4, "A segment is one {parameter}"),
    "a path with a pattern": (get("", "'/{id:[0-9]+}'"), 4, "A segment is one {parameter}"),
    "a path with a star": (get("", "'/a/*'"), 4, "A segment is one {parameter}"),
    "a path beyond ASCII": (get("", "/gr\u00f6\u00dfe"), 4, "A segment is one {parameter}"),
    "two parameters in a segment": (get("", "/{a}-{b}"), 4, "A segment is one {parameter}"),
    "a brace that is not closed": (get("", "'/{id'"), 4, "A segment is one {parameter}"),
    "a boolean as a status": (
        paths("/a: {get: {x-scope: a, responses: {true: {description: a}}}}\n"),
        4,
        "is not a status code. Write one such as 200, or default.",
    ),
    "a status twice": (
        paths("/a: {get: {x-scope: a, responses: {200: {}, '200': {}}}}\n"),
        4,
        "has the key 200 twice, first on line 4.",
    ),
    "a key twice in JSON": ('{"a": 1,\n"a": 2}', 2, "has the key a twice, first on line 1."),
    "a comma too many in JSON": ('{"openapi": "3.0.3",}', 1, "info: has no info."),
    "half of a surrogate pair": (
        '{"openapi": "3.0.3", "info": {"title": "\\ud800", "version": "1"}, "paths": {}}',
        1,
        "has half of a surrogate pair, such as \\ud800.",
    ),
    "a number with very many digits": (HEAD + f"x: {'9' * 500}\n", 3, "9..., which is too large."),
    "aliases of aliases": (
        HEAD
        + "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"
        + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        3,
        "values with its aliases.",
    ),
    "a set of YAML": (HEAD + "x: !!set {a}\n", 3, "Write plain YAML values."),
    "a reference of 2.0": (
        post("{$ref: '#/definitions/A'}"),
        5,
        "must be #/components/schemas/NAME",
    ),
    "a reference to the document": (post("{$ref: '#'}"), 5, "Copy it to components.schemas"),
    "a reference that is null": (post("{$ref: }"), 5, "Copy it to components.schemas"),
    "a reference in another case": (
        post("{$ref: '#/components/schemas/a'}", models("A: {type: object}")),
        5,
        "#/components/schemas/a does not exist. Add a under components.schemas.",
    ),
    "a body that refers to itself": (
        paths("/a: {post: {x-scope: a, requestBody: {$ref: '#/components/requestBodies/A'}}}\n")
        + "components:\n  requestBodies:\n    A: {$ref: '#/components/requestBodies/A'}\n",
        7,
        "refers to itself. Write it out.",
    ),
    "nullable as a text": (post("{nullable: 'true'}"), 5, "must be true or false."),
    "a schema that is true": (post("true"), 5, "must be a schema, which is a mapping."),
    "a property without a schema": (post("{properties: {a: }}"), 5, "must be a schema, which is"),
    "alternatives as a mapping": (post("{oneOf: {a: 1}}"), 5, "must be a list."),
    "no alternatives": (post("{allOf: []}"), 5, "Correct it, or remove it."),
    "a type in capitals": (post("{type: String}"), 5, "Write string, number, integer"),
    "a minimum as a text": (post("{minimum: '1'}"), 5, "Correct it, or remove it."),
    "a required name beyond ASCII": (
        with_parameter("{name: gr\u00f6\u00dfe, in: query, required: true}"),
        5,
        "Rename it, or write required: false.",
    ),
    "a place in capitals": (
        with_parameter("{name: a, in: Query}"),
        5,
        "has in: Query; accepted: path, query, header, cookie.",
    ),
    "required as a text": (
        with_parameter("{name: a, in: query, required: 'true'}"),
        5,
        "must be true or false.",
    ),
    "a header twice in another case": (
        with_parameter("{name: X-A, in: header}, {name: x-a, in: header}"),
        5,
        "has the header parameter x-a twice.",
    ),
    "a number as the name of a parameter": (
        with_parameter("{name: 1, in: query}"),
        5,
        "must have a name, which is a string.",
    ),
    "security as a text": (get("", tail="security: a\n"), 6, "must be a list of security"),
    "scopes of two schemes": (
        paths(
            "/a: {get: {security: [{o: [x]}, {p: [y]}], responses: {}}}\n",
            "components: {securitySchemes: {o: {type: oauth2}, p: {type: openIdConnect}}}\n",
        ),
        4,
        "requires the scopes x, y, and an operation has one here.",
    ),
    "a scope that is true": (
        paths("/a: {get: {x-scope: true}}\n"),
        4,
        "is True. Write one scope of 1 to 64 letters",
    ),
    "Swagger 2.0": ("swagger: '2.0'\npaths: {}\n", 1, "write openapi: 3.0.3"),
}
