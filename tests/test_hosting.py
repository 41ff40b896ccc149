"""The built pages work wherever they are put, and degrade well without JavaScript."""

import browser
import pytest
from conftest import (
    BROKEN_MATH,
    SITE,
    STATE,
    WIDE,
    WITH_FIGURES,
    move_every_control,
    panels,
)

pytestmark = pytest.mark.browser

# A question that moves a figure, which waits to be seen until there is an answer.
MOVES = '.sf-question[data-then*="#"]'


def test_opened_as_a_file(watch):
    """As on the served pages, see test_pages.py, every control moves."""
    watched = watch(SITE.as_uri() + "/", "notebooks/03_gradient_norms.html", **WIDE)
    assert sum(map(move_every_control, panels(watched.page))) > 0
    assert watched.complaints == []


def test_the_policy_forbids_what_it_does_not_name(site, watch):
    """Or else no page would say anything by being quiet."""
    watched = watch(site, "book/index.html", **WIDE)
    watched.page.evaluate("fetch('data:text/plain,x').catch(() => 0)")
    assert any("Content Security Policy" in text for text in watched.complaints)


@pytest.fixture(scope="module")
def without_javascript(chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_without_javascript_and_on_paper(site, without_javascript, page):
    view = without_javascript
    view.goto(site + page)
    pictures = view.locator(".sf-first")
    assert pictures.count() == (SITE / page).read_text().count("widget-view+json")
    questions = view.locator(".sf-question")
    feedback = questions.locator("details > p")
    visible = questions.locator("details > p >> visible=true")
    told = view.locator(f".text_html:has({MOVES}) ~ .sf-first .sf-sentence")
    assert visible.count() == 0
    assert not any(sentence.is_visible() for sentence in told.all())
    for question in questions.all():
        question.locator("summary").first.click()
    assert visible.count() == questions.count()
    for picture in pictures.all():
        assert picture.locator("svg").is_visible()
        assert picture.locator(".sf-sentence").inner_text().strip()
        assert "need JavaScript" in picture.inner_text()
    assert view.locator(BROKEN_MATH).all_inner_texts() == []
    view.emulate_media(media="print")
    assert visible.count() == feedback.count() >= 2 * questions.count()
    view.emulate_media(media="screen")


def test_the_picture_at_rest_is_the_one_that_wakes_up(site, without_javascript, watch):
    page = "notebooks/03_gradient_norms.html"
    without_javascript.goto(site + page)
    for question in without_javascript.locator(".sf-question").all():
        question.locator("summary").first.click()
    at_rest = without_javascript.locator(".sf-first .sf-sentence").all_inner_texts()
    awake = panels(watch(site, page, **WIDE).page)
    assert at_rest == [panel.evaluate(STATE)[2] for panel in awake]


def test_without_the_widget_manager(site, watch):
    """As when a network blocks a file: the picture stays and says what is missing."""
    page = watch(site, WITH_FIGURES[0]).page
    page.route("**/widget-manager.js*", lambda route: route.abort())
    page.reload()
    browser.wake(page)
    page.get_by_text("could not be loaded").first.wait_for()
    first = page.locator(".sf-first").first
    assert first.locator("svg").is_visible()
    assert "could not be loaded" in first.inner_text()


def test_a_page_that_was_saved_opens_as_it_was(site, watch):
    page = watch(site, WITH_FIGURES[0], **WIDE).page
    count, saved = len(panels(page)), page.content()
    page.route("**/" + WITH_FIGURES[0], lambda route: route.fulfill(body=saved))
    page.reload()
    again = panels(page)
    assert len(again) == page.locator("[data-ready]").count() == count
    assert sum(map(move_every_control, again)) > 0
