"""Firefox through WebDriver BiDi: as much of a client as the tests need.

Playwright drives only a Firefox of its own; Debian's speaks this standard protocol
(https://w3c.github.io/webdriver-bidi/) over a web socket.
"""

import itertools
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import websocket

# The protocol's characters for keys that are not letters.
KEYS = {
    "Home": "\ue011",
    "End": "\ue010",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
}
START = 60  # seconds at most until it listens


class Firefox:
    """A headless Firefox with one tab."""

    def __init__(self, path):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        options = ["--headless", "--no-remote", "--profile", folder]
        # Into a file: a pipe that nobody reads would fill, and stop the browser.
        with open(folder / "said", "w") as said:
            self._process = subprocess.Popen(
                [path, *options, "--remote-debugging-port", "0"],
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        self._numbers = itertools.count(1)
        self.complaints = []
        try:
            self._socket = websocket.create_connection(
                f"{self._address(folder / 'said')}/session",
                timeout=60,
                suppress_origin=True,
            )
            self.call("session.new", capabilities={})
        except BaseException:
            self._end()
            raise
        events = ["log.entryAdded", "network.fetchError", "network.responseCompleted"]
        self.call("session.subscribe", events=events)
        (tab, *_) = self.call("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]

    def _address(self, said):
        """Wait for the browser to say where it listens."""
        deadline = time.monotonic() + START
        while True:
            ended = self._process.poll() is not None or time.monotonic() > deadline
            text = said.read_text(errors="replace")
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)\n", text):
                return found[1]
            if ended:
                raise RuntimeError(
                    f"Firefox opened no debugging port, but said: {text}"
                )
            time.sleep(0.05)

    def call(self, method, **params):
        """Send a command and return its result, noting events on the way."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(command))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]
            self._note(answer)

    def _note(self, event):
        params = event.get("params", {})
        if event.get("method") == "log.entryAdded":
            if params["level"] in ("warn", "error"):
                self.complaints.append(f"{params['level']}: {params['text']}")
        elif event.get("method") == "network.fetchError":
            url = params["request"]["url"]
            self.complaints.append(f"failed request: {url}")
        elif event.get("method") == "network.responseCompleted":
            status, url = params["response"]["status"], params["response"]["url"]
            if status >= 400:
                self.complaints.append(f"status {status}: {url}")

    def open(self, url):
        """Open a page, with no complaints so far."""
        self.complaints.clear()
        self.call(
            "browsingContext.navigate", context=self._tab, url=url, wait="complete"
        )

    def evaluate(self, expression):
        """Return what JavaScript says, as JSON can carry it; promises are awaited."""
        result = self.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self._tab},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"].get("value", "null"))

    def _act(self, kind, actions, **options):
        source = {"type": kind, "id": kind, "actions": actions} | options
        self.call("input.performActions", context=self._tab, actions=[source])

    def press(self, key):
        """Press and release a key, one of `KEYS`."""
        kinds = ("keyDown", "keyUp")
        self._act("key", [{"type": kind, "value": KEYS[key]} for kind in kinds])

    def click(self, x, y):
        """Click at a point of the window."""
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y)}]
        actions += [{"type": f"pointer{kind}", "button": 0} for kind in ("Down", "Up")]
        self._act("pointer", actions)

    def close(self):
        """End the browser."""
        try:
            self.call("browser.close")
            self._socket.close()
            self._process.wait(timeout=20)
        finally:
            self._end()

    def _end(self):
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


class Panel:
    """An interactive figure with its controls, as `conftest.move_every_control` wants.

    `element` is JavaScript for the element that holds both.
    """

    def __init__(self, firefox, element):
        self._firefox = firefox
        self._element = element

    def evaluate(self, script, argument=None):
        """Return what a function of the panel's element says in the page."""
        call = f"({script})({self._element}, {json.dumps(argument)})"
        return self._firefox.evaluate(call)

    def press(self, selector, i, key):
        """Press a key on the i-th element that fits the selector."""
        self.evaluate("(p, [s, i]) => p.querySelectorAll(s)[i].focus()", [selector, i])
        self._firefox.press(key)

    def click(self, selector, i):
        """Click the i-th element that fits the selector."""
        self._firefox.click(*self.evaluate(MIDDLE, [selector, i]))


MIDDLE = """(panel, [selector, i]) => {
  const element = panel.querySelectorAll(selector)[i];
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
