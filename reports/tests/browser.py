"""A headless Chromium for the tests, driven over a pipe by its own protocol (chromedevtools.github.io/devtools-protocol).

One start serves all tests; a page is opened as it is, and what a test asks it goes past its policy and leaves it unchanged.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --force-color-profile=srgb --allow-file-access-from-files"
).split()
PATIENCE_S = 60

KEYS = {
    "Tab": {"code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    " ": {"code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
    "Escape": {"code": "Escape", "windowsVirtualKeyCode": 27},
    "ArrowRight": {"code": "ArrowRight", "windowsVirtualKeyCode": 39},
    "ArrowLeft": {"code": "ArrowLeft", "windowsVirtualKeyCode": 37},
}


class Browser:
    def __init__(self, home: Path):
        import fcntl  # where there is none, there is no pipe to give a program either

        self._home = home
        self._events: list[dict] = []
        self._pending = b""
        self._last_id = 0
        theirs_in, to_them = os.pipe()
        from_them, theirs_out = os.pipe()
        # Chromium reads from 3 and writes to 4: whatever those are here, the ends to pass on are elsewhere.
        given = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs_in, theirs_out)]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{given[0]} 4>&{given[1]}', "bash", CHROMIUM, *QUIET, "--remote-debugging-pipe",
             f"--user-data-dir={home / 'profile'}", "about:blank"],
            pass_fds=given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(home)},
        )  # fmt: skip
        for fd in (theirs_in, theirs_out, *given):
            os.close(fd)
        self._to = os.fdopen(to_them, "wb")
        self._from = from_them

    def close(self) -> None:
        try:
            self.call("Browser.close")
        except (OSError, EOFError):
            self._process.kill()
        self._process.wait(PATIENCE_S)
        os.close(self._from)
        self._to.close()

    def call(self, method: str, session: str | None = None, **parameters) -> dict:
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        answer = self._until(lambda one: one.get("id") == message["id"])
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def events(self, session: str, *methods: str) -> list[dict]:
        """The parameters of what was told meanwhile."""
        return [one["params"] for one in self._events if one.get("sessionId") == session and one.get("method") in methods]

    def wait_for(self, session: str, method: str) -> None:
        if not self.events(session, method):
            self._until(lambda one: one.get("sessionId") == session and one.get("method") == method)

    def _until(self, wanted) -> dict:
        while True:
            message = self._read()
            if "id" not in message:
                self._events.append(message)
            if wanted(message):
                return message

    def _read(self) -> dict:
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self._pending:
            if not select.select([self._from], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError("chromium says nothing")
            part = os.read(self._from, 1 << 20)
            if not part:
                raise EOFError("chromium has ended")
            self._pending += part
        message, _, self._pending = self._pending.partition(b"\0")
        return json.loads(message)

    def open(self, page: str, width: int = 1280, dark: bool = False, height: int = 900) -> Tab:
        file = self._home / "page.html"
        file.write_text(page, encoding="utf-8")
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        tab = Tab(self, target, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"], file.as_uri())
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
        tab.resize(width, height)
        tab.emulate(dark=dark)
        self._events.clear()
        tab.call("Page.navigate", url=tab.uri)
        self.wait_for(tab.session, "Page.loadEventFired")
        return tab


class Tab:
    def __init__(self, browser: Browser, target: str, session: str, uri: str):
        self._browser, self._target, self.session, self.uri = browser, target, session, uri

    def call(self, method: str, **parameters) -> dict:
        return self._browser.call(method, self.session, **parameters)

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def resize(self, width: int, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def emulate(self, dark: bool = False, media: str = "") -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def ask(self, script: str):
        """What the body of an async function returns."""
        done = self.call("Runtime.evaluate", expression=f"(async () => {{{script}\n}})()", awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **KEYS[key])
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **KEYS[key])

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def point(self, selector: str, click: bool = False) -> None:
        """Moves the mouse to the middle of the first element, scrolled into view."""
        at = self.ask(
            f"const one = document.querySelector({json.dumps(selector)}); one.scrollIntoView({{ block: 'center' }});"
            "const box = one.getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 };"
        )
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
        if click:
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def complaints(self) -> list:
        """Of the page or the browser, on the console."""
        found = self._browser.events(self.session, "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [json.dumps(one)[:500] for one in found]

    def requests(self) -> list[str]:
        """What was asked for but the page itself and what it holds."""
        asked = [one["request"]["url"] for one in self._browser.events(self.session, "Network.requestWillBeSent")]
        return [url for url in asked if url != self.uri and not url.startswith("data:")]

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def screenshot(self, whole: bool = False) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])
