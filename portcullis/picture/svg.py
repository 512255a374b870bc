"""Draws a stack as SVG, for light and dark pages, without scripts, fonts or other files."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from portcullis.picture.gates import DrawnGate
from portcullis.picture.routes import DrawnRoute
from portcullis.picture.stack_picture import StackPicture
from portcullis.picture.text_fit import shortened, wrapped

WIDTH = 1080
MARGIN = 20
END_WIDTH, GATE_WIDTH = 130, 164
GAP = (WIDTH - 2 * MARGIN - 2 * END_WIDTH - 4 * GATE_WIDTH) / 5
TOP = 64
LINE = 17
ROW = 26
METHOD_WIDTH = 68
COLUMN_GAP = 28
CARD_CHARACTERS = 21  # of 12.5 px in a card, with the widest usual letters
END_CHARACTERS = 16
MONO = 7.3  # px of one character of 12 px
FEW_ROUTES = 8  # more stand in two columns, if their names fit
MOST_BACKENDS = 3

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def svg(picture: StackPicture) -> str:
    """The picture as one SVG document."""
    lines = max(len(_facts(gate)) for gate in picture.gates)
    card = 44 + LINE * max(lines, 3)
    refusals = max(len(_refusals(gate)) for gate in picture.gates)
    table = TOP + card + 46 + LINE * refusals + 18
    height = table + _table_height(picture) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        'aria-labelledby="t d" font-family="ui-sans-serif, system-ui, \'Segoe UI\', Roboto, '
        "'Helvetica Neue', Arial, sans-serif\">",
        f'  <title id="t">{escape(f"Gates of {picture.domain}, stack {picture.stack}")}</title>',
        f'  <desc id="d">{escape(_description(picture))}</desc>',
        f"  <style>\n{STYLE}  </style>",
        f'  <rect class="page" width="{WIDTH}" height="{height:g}" rx="12"/>',
        f'  <text class="head" x="{MARGIN}" y="36">{escape(_heading(picture))}</text>',
        *_row_of_cards(picture, card),
        *_routes(picture, table),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heading(picture: StackPicture) -> str:
    count = len(picture.routes)
    return shortened(
        f"{picture.project}, stack {picture.stack}: {count} routes behind "
        f"{sum(not gate.is_missing for gate in picture.gates)} of {len(picture.gates)} gates",
        130,
    )


def _description(picture: StackPicture) -> str:
    gates = ", ".join(
        gate.title + (" (missing)" if gate.is_missing else "") for gate in picture.gates
    )
    return f"A partner's call passes {gates} before it reaches {', '.join(picture.backends)}."


def _row_of_cards(picture: StackPicture, height: float) -> Iterator[str]:
    x: float = MARGIN
    yield _card((x, END_WIDTH, height), "end", "partner", ["certificate", "and private key"])
    x += END_WIDTH
    for gate in picture.gates:
        yield _arrow(x, TOP + height / 2)
        x += GAP
        kind = "missing" if gate.is_missing else "card"
        yield _card((x, GATE_WIDTH, height), kind, gate.title, _facts(gate))
        if not gate.is_missing:
            yield from _refusal(gate, x + GATE_WIDTH / 2, TOP + height)
        x += GATE_WIDTH
    yield _arrow(x, TOP + height / 2)
    title = "backend" if len(picture.backends) == 1 else "backends"
    yield _card((x + GAP, END_WIDTH, height), "end", title, _backends(picture))


def _backends(picture: StackPicture) -> list[str]:
    """The hosts, in full where there is one; https is what a backend has."""
    hosts = [backend.removeprefix("https://") for backend in picture.backends]
    if len(hosts) == 1:
        return list(wrapped(hosts[0], END_CHARACTERS))
    more = [f"and {len(hosts) - MOST_BACKENDS} more"] if len(hosts) > MOST_BACKENDS else []
    return [shortened(host, END_CHARACTERS) for host in hosts[:MOST_BACKENDS]] + more


def _facts(gate: DrawnGate) -> list[str]:
    if gate.is_missing:
        return ["not in this stack"]
    return [line for fact in gate.facts for line in wrapped(fact, CARD_CHARACTERS)]


def _refusals(gate: DrawnGate) -> list[str]:
    return [line for text in gate.refuses for line in wrapped(text, CARD_CHARACTERS + 5)]


def _card(box: tuple[float, float, float], kind: str, title: str, lines: Sequence[str]) -> str:
    """A card at ``box``: left side, width, height."""
    x, width, height = box
    middle = x + width / 2
    first = TOP + (height - LINE * len(lines)) / 2 + 2
    texts = [f'<text class="title" x="{middle:g}" y="{first:g}">{escape(title)}</text>']
    texts += [
        f'<text class="fact" x="{middle:g}" y="{first + 5 + LINE * number:g}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
    ]
    shape = (
        f'<rect class="{kind}" x="{x:g}" y="{TOP}" width="{width}" height="{height:g}" rx="10"/>'
    )
    return "\n".join(f"  {part}" for part in (shape, *texts))


def _arrow(x: float, y: float) -> str:
    end = x + GAP - 3
    return (
        f'  <path class="way" d="M{x + 3:g} {y:g}H{end - 6:g}"/>'
        f'<path class="tip" d="M{end - 7:g} {y - 5:g}L{end:g} {y:g}L{end - 7:g} {y + 5:g}z"/>'
    )


def _refusal(gate: DrawnGate, x: float, y: float) -> Iterator[str]:
    yield (
        f'  <path class="stop" d="M{x:g} {y + 4:g}V{y + 24:g}"/>'
        f'<path class="stoptip" d="M{x - 4:g} {y + 23:g}L{x:g} {y + 30:g}L{x + 4:g} {y + 23:g}z"/>'
    )
    for number, line in enumerate(_refusals(gate)):
        at = y + 46 + LINE * number
        yield f'  <text class="no" x="{x:g}" y="{at:g}">{escape(line)}</text>'


def _table(picture: StackPicture) -> tuple[int, float]:
    """How many columns the routes stand in, and the width of one."""
    whole = WIDTH - 2 * MARGIN
    half = (whole - COLUMN_GAP) / 2
    fits = all(_right(route, half)[0] == _label(route) for route in picture.routes) and all(
        len(_left(route, picture)) <= _room(route, half) for route in picture.routes
    )
    return (2, half) if len(picture.routes) > FEW_ROUTES and fits else (1, whole)


def _table_height(picture: StackPicture) -> float:
    return ROW * -(-len(picture.routes) // _table(picture)[0]) + 8


def _routes(picture: StackPicture, top: float) -> Iterator[str]:
    columns, width = _table(picture)
    rows = -(-len(picture.routes) // columns)
    for column in range(columns):
        x = MARGIN + column * (width + COLUMN_GAP)
        yield f'  <path class="rule" d="M{x:g} {top:g}h{width:g}"/>'
        for number, route in enumerate(picture.routes[column * rows : (column + 1) * rows]):
            y = top + 4 + ROW * number
            yield _route(picture, route, (x, y + ROW / 2 + 4, width))
            yield f'  <path class="rule" d="M{x:g} {y + ROW - 1:g}h{width:g}"/>'


def _label(route: DrawnRoute) -> str:
    return route.scope or ("no scope" if route.backend else "answered by API Gateway")


def _left(route: DrawnRoute, picture: StackPicture) -> str:
    """The path, and where it leads in a stack with several backends."""
    several = route.backend is not None and len(picture.backends) > 1
    return f"{route.path} → {route.backend}" if several else route.path


def _right(route: DrawnRoute, width: float) -> tuple[str, float]:
    """The scope as it is shown, and the width of its box."""
    text = shortened(_label(route), int(width * 0.42 / MONO))
    return text, len(text) * MONO + 16


def _room(route: DrawnRoute, width: float) -> int:
    """How many characters fit between the method and the scope."""
    return int((width - METHOD_WIDTH - _right(route, width)[1] - 16) / MONO)


def _route(picture: StackPicture, route: DrawnRoute, place: tuple[float, float, float]) -> str:
    """Method and path on the left, the scope in a box on the right."""
    x, y, width = place
    scope, box = _right(route, width)
    left = shortened(_left(route, picture), _room(route, width))
    right = x + width
    end = (
        f'<rect class="scope" x="{right - box:g}" y="{y - 15:g}" width="{box:g}" height="20" '
        f'rx="10"/><text class="mono" x="{right - box + 8:g}" y="{y - 1:g}">{escape(scope)}</text>'
        if route.scope
        else f'<text class="mono soft" x="{right - box + 8:g}" y="{y - 1:g}">{escape(scope)}</text>'
    )
    whole = escape(f"{route.method} {_left(route, picture)}: {_label(route)}")
    return (
        f'  <g><title>{whole}</title><text class="mono soft" x="{x:g}" y="{y - 1:g}">'
        f'{route.method}</text><text class="mono" x="{x + METHOD_WIDTH:g}" y="{y - 1:g}">'
        f"{escape(left)}</text>{end}</g>"
    )
