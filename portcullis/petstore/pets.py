"""The pets of API Gateway's PetStore sample, and its answers.

Source: API Gateway Developer Guide, "Tutorial: Create a REST API by importing an example".
A new pet is confirmed but not stored, as in the sample: no call changes a later answer.
"""

import json
import math
from pathlib import Path
from typing import Any, TypedDict

WELCOME = Path(__file__).with_name("welcome.html").read_text(encoding="utf-8")


class Pet(TypedDict):
    """One pet as it is served."""

    id: int
    type: str
    price: float


PETS: tuple[Pet, ...] = (
    {"id": 1, "type": "dog", "price": 249.99},
    {"id": 2, "type": "cat", "price": 124.99},
    {"id": 3, "type": "fish", "price": 0.99},
)


class BadRequestError(Exception):
    """The request is invalid. The text is part of the answer."""


def list_pets(kind: str | None, page: str | None) -> list[Pet]:
    """All pets of a type. There is one page of them.

    Raises:
        BadRequestError: the page is not a positive whole number.
    """
    if page is not None and (not page.isascii() or not page.isdigit() or not page.strip("0")):
        raise BadRequestError("page must be a positive whole number")
    if page is not None and page.lstrip("0") != "1":
        return []
    return [pet for pet in PETS if kind is None or pet["type"] == kind]


def find_pet(pet_id: str) -> Pet | None:
    """The pet with this id, as a path contains it; None if it does not exist."""
    return next((pet for pet in PETS if str(pet["id"]) == pet_id), None)


def add_pet(text: bytes) -> dict[str, Any]:
    """The sample's confirmation of a new pet.

    Raises:
        BadRequestError: not a JSON object with a type and a price.
    """
    try:
        pet = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(pet, dict):
        raise BadRequestError("the body is not a JSON object")
    kind, price = pet.get("type"), pet.get("price")
    if not isinstance(kind, str) or not kind:
        raise BadRequestError("type must be a string")
    if isinstance(price, bool) or not isinstance(price, int | float):
        raise BadRequestError("price must be a number")
    if not math.isfinite(price) or price < 0:
        raise BadRequestError("price must be zero or more")
    return {"pet": {"type": kind, "price": price}, "message": "success"}
