"""A contract with parameters in every place, bodies of two media types, and a pattern."""

PARTS = """\
openapi: 3.0.3
info: {title: Parts, version: "1"}
paths:
  /parts/{serial}:
    parameters: [{name: serial, in: path, required: true, schema: {type: string}, example: A/1}]
    get:
      x-scope: parts:read
      parameters:
        - {name: at, in: query, required: true, schema: {type: string, format: date}}
        - {name: session, in: cookie, required: true, schema: {type: integer}}
        - {name: tags, in: query, required: true, schema: {type: array, minItems: 2, items: {}}}
      responses: {"200": {description: ok}}
    head: {x-scope: parts:read, responses: {"200": {description: ok}}}
    put:
      x-scope: parts:write
      requestBody: {content: {text/csv: {example: "a,b"}}}
      responses: {"200": {description: ok}}
  /parts:
    post:
      x-scope: parts:write
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [kind]
              additionalProperties: false
              properties:
                kind: {type: string, enum: [bolt]}
                size: {type: integer, minimum: 1, maximum: 9}
                code: {type: string, pattern: "^[A-Z]+$", minLength: 2}
                tags: {type: array, minItems: 1}
      responses: {"201": {description: made}}
  /codes/{code}:
    get:
      x-scope: parts:read
      parameters:
        - {name: code, in: path, required: true, schema: {type: string, pattern: "^(A)(?(1)B|C)$"}}
      responses: {"200": {description: ok}}
"""
