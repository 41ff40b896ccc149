"""Firefox through WebDriver BiDi: as much of a client as the tests need.

Playwright drives only a Firefox of its own; Debian's speaks this standard protocol
(https://w3c.github.io/webdriver-bidi/) over a web socket.
"""

import itertools
import json
import re
import subprocess
import tempfile

import websocket


class Firefox:
    """A headless Firefox with one tab."""

    def __init__(self, path):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ["--headless", "--no-remote", "--profile", self._profile.name]
        self._process = subprocess.Popen(
            [path, *options, "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._numbers = itertools.count(1)
        self.complaints = []
        address = None
        for line in self._process.stderr:
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                address = found[1]
                break
        if address is None:
            raise RuntimeError(f"{path} ended without opening its debugging port")
        self._socket = websocket.create_connection(
            f"{address}/session", timeout=60, suppress_origin=True
        )
        self.call("session.new", capabilities={})
        events = ["log.entryAdded", "network.fetchError", "network.responseCompleted"]
        self.call("session.subscribe", events=events)
        (tab, *_) = self.call("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]

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

    def press(self, key):
        """Press and release a key, given as the protocol's character for it."""
        pressed = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.call(
            "input.performActions",
            context=self._tab,
            actions=[{"type": "key", "id": "keyboard", "actions": pressed}],
        )

    def close(self):
        """End the browser."""
        try:
            self.call("browser.close")
            self._socket.close()
            self._process.wait(timeout=20)
        finally:
            self._process.kill()
            self._process.stderr.close()
            self._process.wait()
            self._profile.cleanup()
