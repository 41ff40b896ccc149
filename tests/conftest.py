"""Fixtures shared by the browser tests: the built site, served locally, no network."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Formulas that MathJax could not read, and commands that it does not know, which it
# only colors. This copy for screen readers is the same whatever MathJax draws with.
BROKEN_MATH = "mjx-assistive-mml :is(merror, mtext[mathcolor='red'])"
SITE = ROOT / "_build" / "html"

# What the page's own libraries say when all is well.
EXPECTED_LOGS = ("[PST]: ", "[togglebutton]: ")


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def serve(folder):
    """Serve a folder on a free local port; return the server and its address."""
    handler = functools.partial(_Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture(scope="session")
def site():
    """Address of the built book."""
    if not (SITE / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first")
    server, address = serve(SITE)
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium():
    """Return a headless Chromium, the one that `make test` found."""
    playwright_api = pytest.importorskip("playwright.sync_api")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


class Watched:
    """A page that blocks what is not local and remembers every complaint."""

    def __init__(self, browser, address, **context):
        self.context = browser.new_context(**context)
        self.complaints = []
        self.page = self.context.new_page()
        self.context.route("**/*", functools.partial(self._route, address))
        note = self.complaints.append
        self.page.on("pageerror", lambda error: note(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("requestfailed", lambda r: note(f"failed request: {r.url}"))
        self.page.on(
            "response",
            lambda r: note(f"status {r.status}: {r.url}") if r.status >= 400 else None,
        )

    def _route(self, address, route):
        if route.request.url.startswith((address, "blob:", "data:")):
            route.continue_()
        else:
            self.complaints.append(f"request left the site: {route.request.url}")
            route.abort()

    def _console(self, message):
        if not message.text.startswith(EXPECTED_LOGS):
            self.complaints.append(f"console {message.type}: {message.text}")


@pytest.fixture
def watch(chromium):
    """Open watched pages: `watch(address, path, **context options)`."""
    opened = []

    def open_page(address, path="", **context):
        watched = Watched(chromium, address, **context)
        opened.append(watched)
        watched.page.goto(address + path)
        return watched

    yield open_page
    for watched in opened:
        watched.context.close()
