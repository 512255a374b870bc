"""The page in a headless Chromium: live calls, details, search, keyboard, and text that stays text.

Pictures of it are written to build/screenshots, where CI finds them.
"""

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from tests.portcullis.inspector.chromium import why_not
from tests.portcullis.inspector.inspected import SIGNATURE, TOKEN, answer
from tests.portcullis.inspector.sample_calls import TENANT, sample

pytestmark = pytest.mark.browser

if reason := why_not():
    pytest.skip(reason, allow_module_level=True)

ROOT = Path(__file__).parents[3]
SCREENSHOTS = ROOT / "build" / "screenshots"
ROWS = "document.querySelectorAll('.row').length"
SELECTED = "document.querySelector('.row[aria-selected=true]')?.id"
SAMPLE_CALLS = 11
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@contextlib.asynccontextmanager
async def opened(watched, chromium, **look):
    async with watched.serving() as server, chromium.page(server.url, **look) as page:
        await page.until("document.querySelector('.connection').dataset.state === 'live'")
        yield page


def run(watched, chromium, steps, **look):
    """Run the steps on an open page; it may not report an error."""

    async def running():
        async with opened(watched, chromium, **look) as page:
            found = await steps(page)
            assert page.complaints() == []
            return found

    return asyncio.run(running())


async def sampled(watched, page):
    await sample(watched)
    await page.until(f"{ROWS} === {SAMPLE_CALLS}")


def test_a_call_appears_while_the_page_is_open(watched, chromium):
    async def steps(page):
        assert "Waiting for a call" in await page.text(".calls")
        await watched.call("/pets/7", headers=(TENANT,))
        await page.until(f"{ROWS} === 1")
        return await page.text("#list"), await page.text("#detail")

    row, detail = run(watched, chromium, steps)
    assert "GET /pets/7" in row
    assert "pet-shop" in row
    for shown in ("Every gate let it pass", "Web ACL", "Default_Action", "CN=pet-shop", "Allow",
                  "https://tokens.example.test", "X-Forwarded-For", "status 200"):  # fmt: skip
        assert shown in detail


def test_a_refusal_shows_reason_and_fix(watched, chromium):
    watched.laptop.functions.answer = answer("Deny", reason="suspended", clientId="pet-hotel")

    async def steps(page):
        await watched.call()
        await page.until(f"{ROWS} === 1")
        return await page.text(".verdict")

    verdict = run(watched, chromium, steps)
    assert "suspended" in verdict
    assert "portcullis clients resume pet-hotel" in verdict


def test_a_failed_handshake_is_shown_without_a_request(watched, chromium):
    async def steps(page):
        watched.refuse("the client did not return a certificate")
        await page.until(f"{ROWS} === 1")
        return await page.text("#detail"), await page.get("document.querySelector('#copy')")

    detail, copy = run(watched, chromium, steps)
    assert "The client sent no certificate." in detail
    assert copy is None


def test_an_earlier_call_is_shown_from_the_log(watched, chromium, tmp_path):
    line = {"requestId": "r", "time": 1.5, "status": 403, "gate": "route", "reason": "x",
            "path": "/nowhere", "method": "GET"}  # fmt: skip
    (tmp_path / "gates.jsonl").write_text(json.dumps(line))

    async def steps(page):
        await page.until(f"{ROWS} === 1")
        return await page.text("#detail")

    detail = run(watched, chromium, steps)
    assert "From the log" in detail
    assert "The contract has no such route." in detail


def test_hostile_text_is_shown_as_text(watched, chromium):
    watched.laptop.functions.answer = answer("Deny", reason=HOSTILE, clientId=HOSTILE)

    async def steps(page):
        await watched.call(f"/pets?{HOSTILE}", headers=((HOSTILE, HOSTILE),))
        watched.refuse(HOSTILE)
        await page.until(f"{ROWS} === 2")
        await page.press("j")
        injected = await page.get("document.querySelectorAll('main img, main script').length")
        return injected, await page.get("document.title"), await page.text("#detail")

    injected, title, detail = run(watched, chromium, steps)
    assert (injected, title) == (0, "Portcullis inspector")
    assert HOSTILE in detail


@pytest.mark.parametrize("width", [1400, 400])
def test_a_long_request_leaves_the_verdict_in_view(watched, chromium, width):
    watched.laptop.functions.answer = answer("Deny", reason="suspended", clientId="pet-hotel")

    async def steps(page):
        await watched.call(f"/pets?q={'word+' * 1800}", headers=(("X-Long", "x" * 9000),))
        await page.until(f"{ROWS} === 1")
        await page.press("Enter")
        box = "document.querySelector('{}').getBoundingClientRect()"
        values = "[...document.querySelectorAll('.table dd')]"
        header = f"{values}.find((value) => value.textContent.startsWith('xxx'))"
        return (
            await page.get(f"{box.format('.verdict')}.bottom < innerHeight"),
            await page.get("document.documentElement.scrollWidth <= innerWidth"),
            await page.get(f"{header}.scrollHeight > {header}.clientHeight"),
        )

    assert run(watched, chromium, steps, width=width) == (True, True, True)


def test_no_secret_is_anywhere_in_the_page(watched, chromium):
    async def steps(page):
        secrets = (("Cookie", "s=SECRET-COOKIE"), ("Authorization", f"Bearer {TOKEN}"))
        await watched.call(f"/pets?token={TOKEN}", headers=secrets, body=b"SECRET-BODY")
        await page.until(f"{ROWS} === 1")
        html = await page.get("document.documentElement.outerHTML")
        stream = await page.get("performance.getEntriesByType('resource').map(r => r.name)")
        return html + str(stream)

    shown = run(watched, chromium, steps)
    for secret in (SIGNATURE, "SECRET-COOKIE", "SECRET-BODY", "BODY-OF-THE-BACKEND"):
        assert secret not in shown


def test_nothing_is_loaded_from_elsewhere(watched, chromium):
    async def steps(page):
        await sampled(watched, page)
        origin = await page.get("location.origin")
        loaded = await page.get("performance.getEntriesByType('resource').map(r => r.name)")
        return origin, loaded

    origin, loaded = run(watched, chromium, steps)
    assert len(loaded) >= 6
    assert [name for name in loaded if not name.startswith((origin, "data:"))] == []


@pytest.mark.parametrize(
    ("field", "value", "rows"),
    [("gate", "web-acl", 1), ("client", "pet-shop", 5), ("status", "none", 1), ("status", "2", 2)],
)
def test_the_list_can_be_narrowed(watched, chromium, field, value, rows):
    async def steps(page):
        await sampled(watched, page)
        await page.get(
            f"document.getElementById({json.dumps(field)}).value = {json.dumps(value)};"
            f"document.getElementById({json.dumps(field)}).dispatchEvent(new Event('change'))"
        )
        await page.until(f"{ROWS} === {rows}")
        await watched.call()  # a new call is filtered too
        watched.refuse("the client did not return a certificate")
        await page.until("document.getElementById('count').innerText.includes('of 13')")
        return await page.text("#count")

    assert run(watched, chromium, steps).endswith("of 13 calls")


def test_search_finds_words_in_every_detail(watched, chromium):
    async def steps(page):
        await sampled(watched, page)
        await page.press("/")
        await page.write("SUSPENDED 203.0.113.9 execute-api")
        await page.until(f"{ROWS} === 1")
        found = await page.text("#list")
        await page.write(" nowhere-at-all")
        await page.until(f"{ROWS} === 0")
        assert "No call matches" in await page.text(".calls")
        await page.press("Escape")
        await page.until(f"{ROWS} === {SAMPLE_CALLS}")
        return found

    assert "suspended" in run(watched, chromium, steps)


def test_the_keyboard_moves_opens_and_goes_back(watched, chromium):
    async def steps(page):
        await sampled(watched, page)
        moved = [await page.get(SELECTED)]
        for key in ("j", "j", "k", "ArrowDown"):
            await page.press(key)
            moved.append(await page.get(SELECTED))
        await page.press("Enter")
        focused = await page.get("document.activeElement.id")
        await page.press("Escape")
        back = await page.get("document.activeElement.id")
        await page.press("Escape")
        await watched.call()
        await page.until(f"{SELECTED} === 'call-12'")  # follows the newest again
        return moved, focused, back

    moved, focused, back = run(watched, chromium, steps)
    assert moved == [f"call-{number}" for number in (11, 10, 9, 10, 9)]
    assert (focused, back) == ("detail", "list")


def test_a_chosen_call_stays_while_others_arrive(watched, chromium):
    async def steps(page):
        await sampled(watched, page)
        await page.press("j")
        await watched.call("/nowhere")
        await page.until(f"{ROWS} === {SAMPLE_CALLS + 1}")
        return await page.get(SELECTED)

    assert run(watched, chromium, steps) == "call-10"


def test_the_help_lists_the_keys(watched, chromium):
    async def steps(page):
        await page.press("?")
        shown = await page.get("document.getElementById('shortcuts').open")
        text = await page.text("#shortcuts")
        await page.press("Escape")
        await page.until("!document.getElementById('shortcuts').open")
        return shown, text

    shown, text = run(watched, chromium, steps)
    assert shown
    assert "copy as curl" in text


def test_paused_calls_wait_until_the_page_goes_on(watched, chromium):
    async def steps(page):
        await sampled(watched, page)
        await page.press("p")
        await watched.call()
        await page.until("document.getElementById('pause').innerText === 'Resume (1 new)'")
        held = await page.get(ROWS)
        await page.press("p")
        await page.until(f"{ROWS} === {SAMPLE_CALLS + 1}")
        return held

    assert run(watched, chromium, steps) == SAMPLE_CALLS


def test_a_call_is_copied_as_curl(watched, chromium):
    async def steps(page):
        await watched.call("/pets?limit=2")
        await page.until(f"{ROWS} === 1")
        await page.get(
            "navigator.clipboard.writeText = async (text) => { window.copied = text; }; 0"
        )
        await page.press("c")
        await page.until("window.copied")
        return await page.get("window.copied"), watched.last()["curl"]

    copied, line = run(watched, chromium, steps)
    assert copied == line


def test_a_page_whose_gateway_has_ended_says_so(watched, chromium):
    async def running():
        async with contextlib.AsyncExitStack() as page_exit:
            async with watched.serving() as server:
                page = await page_exit.enter_async_context(chromium.page(server.url))
                await page.until("document.querySelector('.connection').dataset.state === 'live'")
            await page.until("document.querySelector('.connection').dataset.state === 'lost'")
            return await page.text(".connection")

    assert "Not connected" in asyncio.run(running())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_for_people(watched, chromium, scheme):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    async def steps(page):
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-empty.png")
        await sampled(watched, page)
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-passed.png")
        await page.press("j")
        await page.press("j")
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-refused.png")
        for width in (1400, 900, 400):  # nothing scrolls sideways
            await page.resize(width, 800)
            assert await page.get("document.documentElement.scrollWidth <= innerWidth"), width
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-narrow.png")
        await page.press("Enter")
        assert await page.get("document.documentElement.scrollWidth <= innerWidth")
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-narrow-refused.png")
        await page.press("?")
        await page.screenshot(SCREENSHOTS / f"inspector-{scheme}-help.png")

    run(watched, chromium, steps, scheme=scheme)
    assert len(list(SCREENSHOTS.glob(f"inspector-{scheme}-*.png"))) == 6
