"""A backend for `make up`: it keeps orders in memory and accepts only tokens of the gateway.

`portcullis up --backend` says in the environment where to listen and how to verify tokens.
"""

import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt

ORDERS = {"1": {"id": "1", "article": "lamp", "quantity": 2}}
CLAIMS = ["iss", "aud", "sub", "exp", "iat", "scope", "cnf"]


class RefusedError(Exception):
    """The token is missing, wrong, or belongs to another client certificate."""


def verify(authorization: str, thumbprint: str) -> dict[str, Any]:
    """The claims of a token that the gateway issued for the certificate of this call."""
    scheme, _, token = authorization.partition(" ")
    try:
        keys = jwt.PyJWKSet.from_dict(json.loads(Path(os.environ["PORTCULLIS_JWKS"]).read_text()))
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token,
            keys[header["kid"]],
            algorithms=["ES256"],
            issuer=os.environ["PORTCULLIS_ISSUER"],
            audience=os.environ["PORTCULLIS_AUDIENCE"],
            options={"require": CLAIMS},
        )
        is_bound = claims["cnf"]["x5t#S256"] == thumbprint
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise RefusedError from error
    if scheme != "Bearer" or header.get("typ") != "at+jwt" or not is_bound:
        raise RefusedError
    return claims


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.read_body()
        if self.may("orders:read"):
            order_id = self.path.partition("?")[0].removeprefix("/orders").removeprefix("/")
            if not order_id:
                self.answer(HTTPStatus.OK, list(ORDERS.values()))
            elif order_id in ORDERS:
                self.answer(HTTPStatus.OK, ORDERS[order_id])
            else:
                self.answer(HTTPStatus.NOT_FOUND, {"message": "There is no such order."})

    def do_POST(self) -> None:
        body = self.read_body()
        if self.may("orders:write"):
            # API Gateway validates a body only if its media type is the contract's.
            if self.headers.get_content_type() != "application/json":
                self.answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"message": "Send JSON."})
                return
            order = {**json.loads(body), "id": str(len(ORDERS) + 1)}
            ORDERS[order["id"]] = order
            self.answer(HTTPStatus.CREATED, order)

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def may(self, scope: str) -> bool:
        """Whether the call's token is valid and has the scope; otherwise the call is answered."""
        try:
            claims = verify(
                self.only("Authorization"), self.only("X-Client-Certificate-Thumbprint")
            )
        except RefusedError:
            self.answer(HTTPStatus.UNAUTHORIZED, {"message": "The token is missing or wrong."})
            return False
        if scope not in claims["scope"].split():
            self.answer(HTTPStatus.FORBIDDEN, {"message": f"The token lacks {scope}."})
            return False
        return True

    def only(self, name: str) -> str:
        """The header's value; two of them mean that one is forged."""
        values = self.headers.get_all(name, [])
        if len(values) != 1:
            raise RefusedError
        return values[0]

    def answer(self, status: HTTPStatus, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Orders).serve_forever()
