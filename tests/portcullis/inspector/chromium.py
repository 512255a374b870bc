"""A headless Chromium, driven over the DevTools protocol by aiohttp's WebSocket client."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess

import aiohttp

START_SECONDS = 600
WAIT_SECONDS = 600
POLL_SECONDS = 0.02
_KEYS = {
    "Enter": {"text": "\r"},
    "Escape": {"windowsVirtualKeyCode": 27},  # without it a dialog stays open
    "ArrowDown": {},
}


def why_not():
    """What a browser test lacks here, or None."""
    found = shutil.which("chromium")
    if found is None:
        return "there is no chromium here (Debian: chromium)"
    if found.startswith("/snap/"):
        return "Chromium from Snap does not start in a temporary home"
    return None


class Chromium:
    """One browser for many pages; each page is a profile of its own."""

    def __init__(self, home):
        self._home = home
        self._process = None

    def __enter__(self):
        (self._home / "tmp").mkdir()
        with (self._home / "said").open("wb") as said:
            self._process = subprocess.Popen(
                [
                    *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
                    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
                    *("--disable-component-update", "--no-proxy-server", "--hide-scrollbars"),
                    *("--disable-dev-shm-usage", "--force-device-scale-factor=1"),
                    *("--password-store=basic", f"--user-data-dir={self._home / 'profile'}"),
                    *("--remote-debugging-port=0", "about:blank"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={
                    "HOME": str(self._home),
                    "PATH": os.environ["PATH"],
                    "TMPDIR": str(self._home / "tmp"),
                },
                start_new_session=True,
            )
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @contextlib.asynccontextmanager
    async def page(self, url, *, width=1400, height=900, scheme="light"):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(await self._address(), max_msg_size=0) as socket,
        ):
            browser = _Protocol(socket)
            reading = asyncio.create_task(browser.read())
            try:
                context = await browser.send("Target.createBrowserContext")
                context_id = context["browserContextId"]
                target = await browser.send(
                    "Target.createTarget", url="about:blank", browserContextId=context_id
                )
                attached = await browser.send(
                    "Target.attachToTarget", targetId=target["targetId"], flatten=True
                )
                page = Page(browser, attached["sessionId"])
                await page.open(url, width=width, height=height, scheme=scheme)
                yield page
                await browser.send("Target.disposeBrowserContext", browserContextId=context_id)
            finally:
                reading.cancel()

    async def _address(self):
        file = self._home / "profile" / "DevToolsActivePort"
        async with asyncio.timeout(START_SECONDS):
            while not (file.exists() and file.read_text().count("\n")):
                assert self._process.poll() is None, (self._home / "said").read_text()
                await asyncio.sleep(POLL_SECONDS)
        port, path = file.read_text().split()
        return f"ws://127.0.0.1:{port}{path}"


class _Protocol:
    def __init__(self, socket):
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting = {}
        self.events = []

    async def read(self):
        async for message in self._socket:
            content = json.loads(message.data)
            if "id" in content:
                self._waiting.pop(content["id"]).set_result(content)
            else:
                self.events.append(content)

    async def send(self, method, *, session=None, **parameters):
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        asked = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(asked | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(WAIT_SECONDS):
            content = await answer
        assert "error" not in content, content
        return content["result"]


class Page:
    """One open page."""

    def __init__(self, protocol, session):
        self._protocol = protocol
        self._session = session

    async def open(self, url, *, width, height, scheme):
        await self._send("Page.enable")
        await self._send("Runtime.enable")
        await self._send("Log.enable")
        await self.resize(width, height)
        await self.paint(scheme)
        await self._send("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def resize(self, width, height):
        await self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def paint(self, scheme):
        await self._send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    async def get(self, expression):
        """The value of a JavaScript expression."""
        answer = await self._send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression):
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not await self.get(expression):  # noqa: ASYNC110 - the page cannot set an event
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(
                f"never true: {expression}\n{await self.text()}\n{self.complaints()}"
            ) from None

    async def text(self, selector="body"):
        return await self.get(f"document.querySelector({json.dumps(selector)})?.innerText")

    async def press(self, key):
        known = _KEYS.get(key, {"text": key})
        await self._send("Input.dispatchKeyEvent", type="keyDown", key=key, **known)
        await self._send("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def write(self, text):
        await self._send("Input.insertText", text=text)

    async def screenshot(self, file):
        answer = await self._send("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(answer["data"]))

    def complaints(self):
        """What the console shows: errors, and what the content security policy refused."""
        return [
            event
            for event in self._protocol.events
            if event["method"] in {"Runtime.exceptionThrown", "Log.entryAdded"}
        ]

    async def _send(self, method, **parameters):
        return await self._protocol.send(method, session=self._session, **parameters)
