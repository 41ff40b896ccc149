"""Questions before figures, and links that set figures, in the built pages."""

import html
import re

import browser
import pytest
from conftest import SITE, WIDE, WITH_FIGURES

pytestmark = pytest.mark.browser

INDEX = "book/index.html"
QUESTION = 'class="sf-question"'
ASKING = [p for p in browser.pages(SITE) if QUESTION in (SITE / p).read_text()]
LINK = re.compile(r'href="(#[\w-]+\?[^"]+)"')
SEEN = """() => [...document.querySelectorAll("[data-ready] .sf-slot")].map(
  (slot) => getComputedStyle(slot).visibility)"""
SENTENCE = "[data-ready] .sf-sentence"
HERE = "decodeURIComponent(location.hash)"


@pytest.fixture
def index(watch, site):
    watched = watch(site, INDEX, reduced_motion="reduce", **WIDE)
    browser.settle(watched.page)
    yield watched.page
    # A reload may interrupt the browser's own request for the icon.
    assert [c for c in watched.complaints if "favicon" not in c] == []


def answer(page, option):
    page.locator(".sf-question summary", has_text=option).click()


def reloaded(page):
    page.reload()
    browser.settle(page)
    return page


def test_there_are_enough_questions():
    """Each is on a page that test_hosting.py looks at, without JavaScript as well."""
    assert set(ASKING) <= set(WITH_FIGURES)
    assert sum((SITE / page).read_text().count(QUESTION) for page in ASKING) >= 8


def test_nothing_is_seen_before_an_answer_and_all_after(index):
    assert set(index.evaluate(SEEN)) == {"hidden"}
    assert index.locator(SENTENCE).is_hidden()
    answer(index, "grow")
    index.wait_for_function(
        f"() => {HERE}.includes('ρ(W)=1.40&activation=tanh&input=strong')"
    )
    assert set(index.evaluate(SEEN)) == {"visible"}
    told = index.inner_text(SENTENCE)
    assert told in index.inner_text(".sf-question [open] > p")


def test_each_option_answers_and_only_one_is_open(index):
    for option in index.locator(".sf-question summary").all():
        option.press("Enter")
        shown = index.locator(".sf-question details > p >> visible=true")
        assert shown.count() == 1
        assert shown.inner_text() == option.locator("xpath=../p").inner_text()


def test_an_answer_stays_until_it_is_taken_back(index):
    answer(index, "fall")
    index.wait_for_function(f"() => {HERE} !== ''")
    told = index.inner_text(SENTENCE)
    reloaded(index)
    assert index.locator(".sf-question [open] summary").inner_text() == "fall"
    assert index.inner_text(SENTENCE) == told
    answer(index, "fall")
    index.locator(SENTENCE).wait_for(state="hidden")
    index.evaluate("history.replaceState(null, '', location.pathname)")
    assert reloaded(index).locator(".sf-question [open]").count() == 0


def test_the_figure_runs_to_what_is_asked(watch, site):
    page = watch(site, INDEX, reduced_motion="no-preference", **WIDE).page
    browser.settle(page)
    page.evaluate("""() => {
      window.frames_seen = new Set();
      new MutationObserver(([{ target }]) => frames_seen.add(target.dataset.frame))
        .observe(document.querySelector("[data-ready]"),
                 { attributeFilter: ["data-frame"] });
    }""")
    answer(page, "fall")
    page.wait_for_function(
        f"() => {HERE}.includes('ρ(W)=1.40&activation=tanh&input=strong')"
    )
    assert page.evaluate("frames_seen.size") > 100


def test_links_lead_where_they_say_and_back(index):
    links = LINK.findall(html.unescape((SITE / INDEX).read_text()))
    assert len(links) >= 2
    answer(index, "fall")
    index.wait_for_function(f"() => {HERE} !== ''")
    first = index.inner_text(SENTENCE)
    for link in links:
        index.locator(f'a[href="{link}"]').click()
        index.wait_for_function(
            f"() => document.querySelector('{SENTENCE}').innerText !== ''"
        )
        before = index.evaluate(HERE)
        values = dict(pair.split("=") for pair in before.partition("?")[2].split("&"))
        told = index.inner_text(SENTENCE)
        assert told.startswith(
            f"ρ = {values['ρ(W)']}, {values['activation']}, {values['input']} input:"
        )
    for _ in links:
        index.go_back()
    index.wait_for_function(
        "([css, text]) => document.querySelector(css).innerText === text",
        arg=[SENTENCE, first],
    )


def test_figures_with_the_same_controls_follow(watch, site):
    address = "notebooks/03_gradient_norms.html#gradient-norm?ρ(W)=1.40&input=strong"
    page = watch(site, address, **WIDE).page
    browser.settle(page)
    page.locator('[data-name="where"]', has_text="ρ = 1.40: ").wait_for()
    page.locator('[data-name="where"]', has_text="tanh and strong input").wait_for()
    page.locator('[data-name="three-terms"]', has_text="ρ = 1.40, tanh").wait_for()
    assert page.evaluate(HERE).startswith("#gradient-norm?")


def test_a_sent_address_shows_its_state_unasked(watch, site):
    address = f"{INDEX}#gradient-norm?ρ(W)=0.50&activation=identity&input=weak"
    page = watch(site, address, **WIDE).page
    browser.settle(page)
    page.locator(SENTENCE, has_text="ρ = 0.50, identity, weak input").wait_for()
    assert set(page.evaluate(SEEN)) == {"visible"}


def test_a_question_in_a_dark_page_is_dark(watch, site):
    page = watch(site, INDEX, color_scheme="dark").page
    browser.settle(page)
    around = page.locator(".text_html:has(> .sf-question)")
    assert around.evaluate("(box) => getComputedStyle(box).backgroundColor") == (
        "rgba(0, 0, 0, 0)"
    )
