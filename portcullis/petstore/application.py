"""The PetStore over HTTP. Every route verifies the token first; unknown routes are refused too."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from portcullis.petstore.keys import KeysUnavailableError
from portcullis.petstore.pets import WELCOME, BadRequestError, add_pet, find_pet, list_pets
from portcullis.petstore.verification import Expected, Keys, TokenRefusedError, verify

READ = "pets:read"
WRITE = "pets:write"
MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER_SECONDS = 5

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


def make_application(keys: Keys, expected: Expected) -> web.Application:
    """The PetStore, which verifies each token with these keys."""

    def guarded(handler: Handler, scope: str | None) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            await verify(request.headers.items(), keys, expected, scope)
            return await handler(request)

        return checked

    application = web.Application(
        middlewares=[_answers_every_error], client_max_size=MAX_BODY_BYTES
    )
    # add_route, not add_get: add_get would also add HEAD, which the contract lacks.
    route = application.router.add_route
    route("GET", "/healthz", _healthz)
    route("GET", "/", guarded(_welcome, READ))
    route("GET", "/pets", guarded(_list_pets, READ))
    route("POST", "/pets", guarded(_add_pet, WRITE))
    route("GET", "/pets/{pet_id}", guarded(_find_pet, READ))
    # A caller without a valid token must not learn which paths exist.
    route("*", "/{path:.*}", guarded(_not_found, None))
    return application


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _welcome(_request: web.Request) -> web.Response:
    return web.Response(text=WELCOME, content_type="text/html")


async def _list_pets(request: web.Request) -> web.Response:
    return web.json_response(list_pets(request.query.get("type"), request.query.get("page")))


async def _add_pet(request: web.Request) -> web.Response:
    return web.json_response(add_pet(await request.read()))


async def _find_pet(request: web.Request) -> web.Response:
    pet = find_pet(request.match_info["pet_id"])
    return await _not_found(request) if pet is None else web.json_response(pet)


async def _not_found(_request: web.Request) -> web.Response:
    return _error(404, "not_found", "The resource does not exist")


@web.middleware
async def _answers_every_error(request: web.Request, handler: Handler) -> web.StreamResponse:
    """JSON for every error. It names the check that failed, and nothing else."""
    try:
        return await handler(request)
    except TokenRefusedError as refused:
        _log_refusal(request, refused.status, refused.error, refused.reason)
        answer = _error(refused.status, refused.error, refused.reason)
        answer.headers["WWW-Authenticate"] = refused.challenge
        return answer
    except BadRequestError as error:
        return _error(400, "invalid_request", str(error))
    except KeysUnavailableError:
        _log_refusal(request, 503, "keys_unavailable", "the JWKS is too old")
        answer = _error(503, "keys_unavailable", "The issuer's keys cannot be read at the moment")
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    except web.HTTPException as error:
        return _error(error.status, error.reason.lower().replace(" ", "_"), error.reason)


def _error(status: int, error: str, description: str) -> web.Response:
    body: dict[str, Any] = {"error": error, "error_description": description}
    return web.json_response(body, status=status)


def _log_refusal(request: web.Request, status: int, error: str, reason: str) -> None:
    line = {
        "requestId": request.headers.get("X-Request-Id", "")[:128],
        "method": request.method[:16],
        "path": request.path[:256],
        "status": status,
        "error": error,
        "reason": reason,
    }
    log.info("%s", json.dumps(line))  # JSON, so that a path cannot start a new line
