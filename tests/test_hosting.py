"""The built pages work wherever they are put, and degrade well without JavaScript."""

import functools
import http.server
import re
import threading

import pytest
from conftest import ROOT, SITE
from test_pages import WIDE, WITH_FIGURES, ready, state

pytestmark = pytest.mark.browser

# The policy that the book tells its publishers.
ADAPTING = (ROOT / "book" / "adapting.md").read_text()
POLICY = re.search(r"Content-Security-Policy: (.+?)\n```", ADAPTING, re.S)[1]


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves the site below /some/repository/, under the policy, with exact types."""

    def translate_path(self, path):
        if not path.startswith("/some/repository/"):
            return "/nowhere"
        return super().translate_path(path.removeprefix("/some/repository"))

    def end_headers(self):
        self.send_header("Content-Security-Policy", " ".join(POLICY.split()))
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def strict_site():
    handler = functools.partial(Strict, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/repository/"
    server.shutdown()
    server.server_close()


def move_every_slider(watched):
    for panel in ready(watched):
        for handle in panel.locator(".noUi-handle").all():
            handle.press("Home")
            before = state(panel)
            handle.press("End")
            assert state(panel)[0] != before[0]


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_below_a_path_and_under_a_strict_policy(strict_site, watch, page):
    watched = watch(strict_site, page, **WIDE)
    move_every_slider(watched)
    assert watched.complaints == []


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_opened_as_a_file(watch, page):
    watched = watch(SITE.as_uri() + "/", page, **WIDE)
    move_every_slider(watched)
    assert watched.complaints == []


def test_the_policy_forbids_what_it_does_not_name(strict_site, watch):
    """Or else the test above would pass without saying anything."""
    watched = watch(strict_site, "book/index.html", **WIDE)
    watched.page.evaluate("fetch('data:text/plain,x').catch(() => 0)")
    assert any("Content Security Policy" in text for text in watched.complaints)


@pytest.fixture(scope="module")
def without_javascript(chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_without_javascript(site, without_javascript, page):
    view = without_javascript
    view.goto(site + page)
    pictures = view.locator(".sf-first")
    assert pictures.count() == (SITE / page).read_text().count("widget-view+json")
    for picture in pictures.all():
        assert picture.locator("svg").is_visible()
        assert picture.locator(".sf-sentence").inner_text().strip()
        assert "need JavaScript" in picture.inner_text()
    for formula in view.locator(".math").all_inner_texts():
        assert re.search(r"\\\(.+\\\)|\\\[.+\\\]", formula, re.S), formula


def test_the_picture_at_rest_is_the_one_that_wakes_up(site, without_javascript, watch):
    page = "notebooks/03_gradient_norms.html"
    without_javascript.goto(site + page)
    at_rest = without_javascript.locator(".sf-first .sf-sentence").all_inner_texts()
    panels = ready(watch(site, page, **WIDE))
    assert at_rest == [state(panel)[2] for panel in panels]
