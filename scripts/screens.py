"""Take pictures of every page, wide and narrow, light and dark, for looking at.

    python scripts/screens.py              into _build/screens, which git ignores
    python scripts/screens.py --screenshot the README's picture of the first figure

Both need the built book.
"""

import argparse
import functools
import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import browser
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
SCREENS = ROOT / "_build" / "screens"
SCREENSHOT = ROOT / "book" / "static" / "screenshot.png"

SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
FIGURE = ".cell_output:has(script[type*='widget-view'])"
# Where a panel and its figure stand in the page, with a margin.
EDGES = """(panel) => {
  const box = panel.getBoundingClientRect();
  const picture = panel.querySelector("[data-ready] svg").getBoundingClientRect();
  return { x: box.x - 16, y: box.y + scrollY - 16, width: picture.width + 32,
           height: box.height + 32 };
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files without a word."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the built book on a free local port; give its address."""
    if not (SITE / "index.html").is_file():
        sys.exit("The book is not built: run `make book` first.")
    handler = functools.partial(Handler, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium that the tests use."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(
            executable_path=browser.find(), args=options
        )
        yield started
        started.close()


def settled(page: Page) -> None:
    """Wait until formulas are set and every figure has drawn itself."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => window.MathJax?.startup?.promise")
    for figure in page.locator(FIGURE).all():
        figure.locator("[data-ready]").first.wait_for(state="attached")


def take_screens() -> None:
    """Take a picture of each whole page in four settings."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    pages = [p for p in sorted(SITE.rglob("*.html")) if "_static" not in p.parts]
    with served() as address, chromium() as started:
        for size, (width, height) in SIZES.items():
            viewport = {"width": width, "height": height}
            for theme in ("light", "dark"):
                context = started.new_context(viewport=viewport, color_scheme=theme)
                page = context.new_page()
                for path in pages:
                    name = path.relative_to(SITE).as_posix()
                    page.goto(address + name)
                    settled(page)
                    name = name.removesuffix(".html").replace("/", "-")
                    picture = SCREENS / f"{name}-{size}-{theme}.png"
                    page.screenshot(path=picture, full_page=True)
                context.close()
    print(f"{4 * len(pages)} pictures in {SCREENS}")


def take_screenshot() -> None:
    """Take the README's picture: the first figure at ρ = 1.4 under strong input."""
    with served() as address, chromium() as started:
        context = started.new_context(
            viewport={"width": 720, "height": 900}, device_scale_factor=2
        )
        page = context.new_page()
        page.goto(address)
        # The address only redirects to the front page.
        page.wait_for_url("**/book/index.html")
        settled(page)
        figure = page.locator(FIGURE).first
        figure.get_by_role("button", name="strong", exact=True).click()
        slider = figure.locator(".noUi-handle")
        slider.press("Home")
        for _ in range(130):
            slider.press("ArrowRight")
        if "ρ = 1.40, tanh, strong" not in figure.inner_text():
            sys.exit("The first figure is not at ρ = 1.4 with tanh and strong input.")
        page.evaluate("document.activeElement.blur()")
        edges = figure.evaluate(EDGES)
        page.screenshot(path=SCREENSHOT, clip=edges, full_page=True)
        context.close()
    print(f"Wrote {SCREENSHOT}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--screenshot", action="store_true")
    if parser.parse_args().screenshot:
        take_screenshot()
    else:
        take_screens()


if __name__ == "__main__":
    main()
