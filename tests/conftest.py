"""What the tests share: the built site, served locally under its policy, no network."""

import functools
import os
import re
from pathlib import Path

import browser
import pytest

# Two workers on two cores: small matrix products that start threads wait for each
# other, here and in the kernels and builds that the tests start.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
# Formulas that MathJax (in slides) could not read, and commands that it does not know,
# which it only colors; and formulas that nothing has set.
BROKEN_MATH = (
    "mjx-assistive-mml :is(merror, mtext[mathcolor='red']), .katex-error, "
    ".math:not(:has(.katex, mjx-container))"
)
SITE = ROOT / "_build" / "html"
PAGES = browser.pages(SITE)
VIEW = 'type="application/vnd.jupyter.widget-view+json"'
WITH_FIGURES = [page for page in PAGES if VIEW in (SITE / page).read_text()]

WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}

SLOWEST = ("test_pages", "test_gallery", "test_slides", "test_jupyter", "test_build")


def pytest_collection_modifyitems(items):
    """Let what takes longest start first, or one worker waits for it at the end."""
    rank = {name: k for k, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


serve = browser.serve  # for tests that serve a folder of their own

# What the page's own libraries say when all is well.
EXPECTED_LOGS = ("[PST]: ", "[togglebutton]: ")
EXPECTED_KINDS = ("log", "debug")


# The policy that the book tells its publishers.
ADAPTING = (ROOT / "book" / "adapting.md").read_text(encoding="utf-8")
POLICY = re.search(r"Content-Security-Policy: (.+?)\n```", ADAPTING, re.S)[1]


class Strict(browser.Handler):
    """Serves the site below /some/repository/, under the policy, with exact types."""

    def translate_path(self, path):
        if not path.startswith("/some/repository/"):
            return "/nowhere"
        return super().translate_path(path.removeprefix("/some/repository"))

    def end_headers(self):
        self.send_header("Content-Security-Policy", " ".join(POLICY.split()))
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


@pytest.fixture(scope="session")
def site():
    """Address of the built book, below a path and under its strict policy."""
    if not (SITE / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first")
    with browser.served(SITE, Strict) as address:
        yield f"{address}some/repository/"


@pytest.fixture(scope="session")
def chromium():
    """Return a headless Chromium, the one that `make test` found, without network."""
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with browser.chromium(nowhere) as started:
        yield started


class Watched:
    """A page that remembers every complaint, and each request that is not local."""

    def __init__(self, started, address, **context):
        self.context = started.new_context(**context)
        self.complaints = []
        self.page = self.context.new_page()
        note = self.complaints.append
        self.context.on("request", functools.partial(self._request, address))
        self.page.on("pageerror", lambda error: note(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("requestfailed", lambda r: note(f"failed request: {r.url}"))
        self.page.on(
            "response",
            lambda r: note(f"status {r.status}: {r.url}") if r.status >= 400 else None,
        )

    def _request(self, address, request):
        if not request.url.startswith((address, "blob:", "data:")):
            self.complaints.append(f"request left the site: {request.url}")

    def _console(self, message):
        known = message.text.startswith(EXPECTED_LOGS)
        if not (known and message.type in EXPECTED_KINDS):
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


def panels(page):
    """Wait until every figure of a page has drawn itself; return them."""
    browser.settle(page)
    browser.reveal(page)
    return [Panel(locator) for locator in page.locator(browser.FIGURE).all()]


class Panel:
    """An interactive figure with its controls, in Chromium."""

    def __init__(self, locator):
        self.locator = locator

    def evaluate(self, script, argument=None):
        """Return what a function of the panel's element says in the page."""
        return self.locator.evaluate(script, argument)

    def press(self, selector, i, key):
        """Press a key on the i-th element that fits the selector."""
        self.locator.locator(selector).nth(i).press(key)

    def click(self, selector, i):
        """Click the i-th element that fits the selector."""
        self.locator.locator(selector).nth(i).click()


SLIDER = ".noUi-handle"
BUTTON = ".widget-toggle-buttons button"
PLAY = ".widget-play button:first-of-type"
COUNT = "(panel, selector) => panel.querySelectorAll(selector).length"
# For each group of buttons, which of them are down.
DOWN = """(panel) => [...panel.querySelectorAll(".widget-toggle-buttons")].map(
  (group) => [...group.querySelectorAll("button")].map(
    (button) => button.matches(".mod-active")))"""
# Position, picture and sentence.
STATE = """(panel) => {
  const figure = panel.querySelector(".sf-figure[data-frame]");
  return [Number(figure.dataset.frame), figure.querySelector("svg").innerHTML,
          figure.querySelector(".sf-sentence").innerText];
}"""
LEFT = """(panel, frame) => new Promise((resolve, reject) => {
  const figure = panel.querySelector(".sf-figure[data-frame]");
  const started = performance.now();
  const look = () => {
    if (Number(figure.dataset.frame) !== frame) resolve();
    else if (performance.now() - started > 5000) reject(Error(`still at ${frame}`));
    else setTimeout(look, 10);
  };
  look();
})"""


def move_every_control(panel):
    """Move each slider, press each button and Play; return how many controls moved.

    Every move has to change the position, the picture and the sentence.  `panel` is
    a `Panel`, or the one of `firefox.py`.
    """

    def after(act, *arguments):
        act(*arguments)
        return panel.evaluate(STATE)

    def changed(before, now):
        return [a != b for a, b in zip(before, now, strict=True)]

    sliders, groups = panel.evaluate(COUNT, SLIDER), panel.evaluate(DOWN)
    for i in range(sliders):
        keys = ("Home", "ArrowRight", "End", "ArrowLeft")
        home, right, end, left = (after(panel.press, SLIDER, i, key) for key in keys)
        assert changed(home, end) == [True, True, True]
        assert home[0] < right[0]
        assert left[0] < end[0]
    first = 0
    for down in groups:
        # The one that is down comes last, or pressing it would change nothing.
        for k in sorted(range(len(down)), key=down.__getitem__):
            before = panel.evaluate(STATE)
            now = after(panel.click, BUTTON, first + k)
            assert changed(before, now) == [True, True, True]
        first += len(down)
    plays = panel.evaluate(COUNT, PLAY)
    for i in range(plays):
        for k in range(sliders):
            panel.press(SLIDER, k, "Home")  # or it might be at its end already
        before = panel.evaluate(STATE)
        panel.click(PLAY, i)
        panel.evaluate(LEFT, before[0])
        assert changed(before, after(panel.click, PLAY, i)) == [True, True, True]
    moved = sliders + len(groups) + plays
    assert moved, "a figure without controls"
    return moved
