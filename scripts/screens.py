"""Take pictures of every page, wide and narrow, light and dark, for looking at.

    python scripts/screens.py              into _build/screens, which git ignores
    python scripts/screens.py --screenshot the README's picture of the first figure

Both need the built book.
"""

import argparse
import sys
from pathlib import Path

import browser

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
SCREENS = ROOT / "_build" / "screens"
SCREENSHOT = ROOT / "book" / "static" / "screenshot.png"

SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
# Where a panel and its figure stand in the page, with a margin.
EDGES = """(panel) => {
  const box = panel.getBoundingClientRect();
  const picture = panel.querySelector("[data-ready] svg").getBoundingClientRect();
  return { x: box.x - 16, y: box.y + scrollY - 16, width: picture.width + 32,
           height: box.height + 32 };
}"""


def take_screens() -> None:
    """Take a picture of each whole page in four settings."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    pages = browser.pages(SITE)
    with browser.served(SITE) as address, browser.chromium() as started:
        for size, (width, height) in SIZES.items():
            viewport = {"width": width, "height": height}
            for theme in ("light", "dark"):
                context = started.new_context(viewport=viewport, color_scheme=theme)
                page = context.new_page()
                for name in pages:
                    page.goto(address + name)
                    browser.settle(page)
                    browser.reveal(page)
                    stem = name.removesuffix(".html").replace("/", "-")
                    picture = SCREENS / f"{stem}-{size}-{theme}.png"
                    page.screenshot(path=picture, full_page=True)
                context.close()
    print(f"{4 * len(pages)} pictures in {SCREENS}")


def take_screenshot() -> None:
    """Take the README's picture: the first figure at ρ = 1.4 under strong input."""
    with browser.served(SITE) as address, browser.chromium() as started:
        context = started.new_context(
            viewport={"width": 720, "height": 900}, device_scale_factor=2
        )
        page = context.new_page()
        page.goto(address)
        # The address only redirects to the front page.
        page.wait_for_url("**/book/index.html")
        browser.settle(page)
        browser.reveal(page)
        figure = page.locator(browser.FIGURE).first
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
    screenshot = parser.parse_args().screenshot
    if not (SITE / "index.html").is_file():
        sys.exit("The book is not built: run `make book` first.")
    if screenshot:
        take_screenshot()
    else:
        take_screens()


if __name__ == "__main__":
    main()
