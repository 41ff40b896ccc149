"""Find a browser for the tests, or install one; and let it see the built pages.

python scripts/browser.py            print the path of a Chromium, installed if need be
python scripts/browser.py firefox    the same for a Firefox

Playwright installs browsers, but only its own: it neither looks for one that is there
nor asks the distribution, whose packages bring the libraries along.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # What has no Playwright can still read this module.
    from playwright.sync_api import Browser, Page

# Where a page has an interactive figure.
FIGURE = ".cell_output:has(script[type*='widget-view'])"
# Lets figures be seen before the question above them is answered.
REVEAL = """(() => {
  for (const question of document.querySelectorAll(".sf-question"))
    question.classList.add("sf-seen");
  for (const output of document.querySelectorAll(".sf-asked"))
    output.classList.remove("sf-asked");
})()"""

# Asks for every figure, as a reader does with a pointer or the focus.
WAKE = f"""(() => {{
  for (const output of document.querySelectorAll("{FIGURE}"))
    output.dispatchEvent(new Event("focusin"));
}})()"""

NAMES = {
    "chromium": (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ),
    "firefox": ("firefox-esr", "firefox"),
}
# What the distribution calls it.
PACKAGES = {"chromium": "chromium", "firefox": "firefox-esr"}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Each window would start two processes more for what pops up below its address bar,
# which nobody sees.  The others are of Playwright's own list, which this one replaces.
OPTIONS += [
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,"
    "PaintHolding,MediaRouter,OptimizationHints"
]


def find(kind: str = "chromium") -> str | None:
    """Return the path of a browser of a kind, or None."""
    named = os.environ.get(kind.upper())
    if named:
        return named
    for name in NAMES[kind]:
        if path := shutil.which(name):
            return path
    if kind != "chromium":  # Playwright's own Firefox does not speak to others.
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install(kind: str = "chromium") -> None:
    """Install one: the distribution's package where that is possible."""
    print(f"No {kind.title()} found; installing one …", file=sys.stderr)
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        for command in (["apt-get", "update", "-qq"], [*install, PACKAGES[kind]]):
            done = subprocess.run(
                command, env=environment, stdout=sys.stderr, check=False
            )
        if done.returncode == 0:
            return
    if kind != "chromium":
        return
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdout=sys.stderr,
        check=True,
    )


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Start the Chromium that `find` finds, without a window."""
    from playwright.sync_api import sync_playwright

    path = find()  # before the start below: Playwright runs once at a time
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=[*OPTIONS, *options]
        )
        yield started
        started.close()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def serve(
    folder: Path, handler: type[Handler] = Handler
) -> tuple[http.server.ThreadingHTTPServer, str]:
    """Serve a folder on a free local port; return the server and its address."""
    inside = functools.partial(handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


@contextmanager
def served(folder: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Serve a folder for a while; give its address."""
    server, address = serve(folder, handler)
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def pages(site: Path) -> list[str]:
    """Return the names of all pages of a built book, relative to its folder."""
    found = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(path.as_posix() for path in found if "_static" not in path.parts)


def wake(page: Page) -> None:
    """Ask for every figure of a page."""
    page.wait_for_load_state()
    page.evaluate(WAKE)


def settle(page: Page) -> None:
    """Wait until every figure has drawn itself, and in decks until formulas are set."""
    wake(page)
    page.evaluate("() => window.MathJax?.startup?.promise")
    for figure in page.locator(FIGURE).all():
        figure.locator("[data-ready]").first.wait_for(state="attached")


def reveal(page: Page) -> None:
    """Let figures be seen before the question above them is answered."""
    page.evaluate(REVEAL)


def main() -> int:
    """Print the path of a browser that exists now."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "chromium"
    if find(kind) is None:
        install(kind)
    path = find(kind)
    print(path or f"no {kind} could be found or installed; set {kind.upper()} to one")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
