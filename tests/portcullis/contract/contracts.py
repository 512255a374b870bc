"""Contracts for tests: the PetStore's, and Orders as a team would write it."""

from pathlib import Path

PETSTORE = Path(__file__).parents[3] / "components" / "petstore.openapi.yaml"

# Path-level parameters, $ref, a default response, nullable, oneOf; no info.description.
ORDERS = """\
openapi: 3.0.3
info: {title: Orders, version: 1.4.2}
servers: [{url: https://orders.internal/v1}]
tags: [{name: orders}]
security: [{bearer: []}]
paths:
  /v1/orders:
    parameters:
      - {name: X-Tenant, in: header, required: true, schema: {type: string}}
    get:
      operationId: listOrders
      x-scope: orders:read
      tags: [orders]
      parameters: [{$ref: "#/components/parameters/Page"}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Order"}}
        default: {$ref: "#/components/responses/Problem"}
    post:
      operationId: createOrder
      x-scope: orders:write
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses: {201: {description: made}}
  /v1/orders/{orderId}:
    parameters:
      - {name: orderId, in: path, required: true, schema: {type: string, format: uuid}}
    get: {operationId: getOrder, x-scope: orders:read, responses: {"200": {description: ok}}}
    delete:
      operationId: cancelOrder
      x-scope: orders:write
      responses: {"204": {description: gone}}
components:
  parameters:
    Page: {name: page, in: query, schema: {type: integer}}
  responses:
    Problem: {description: problem}
  securitySchemes:
    bearer: {type: http, scheme: bearer}
  schemas:
    Order:
      type: object
      required: [sku]
      properties:
        sku: {type: string}
        note: {type: string, nullable: true}
        amount: {oneOf: [{type: integer}, {type: number}]}
"""
