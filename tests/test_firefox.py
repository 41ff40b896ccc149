"""Every interactive figure works in Firefox.  Run with `make test-firefox`."""

import os

import pytest
from firefox import Firefox
from test_pages import WITH_FIGURES

pytestmark = pytest.mark.firefox

HOME, END, RIGHT = "\ue011", "\ue010", "\ue014"

READY = """new Promise((resolve, reject) => {
  const views = document.querySelectorAll("script[type*='widget-view']").length;
  const started = performance.now();
  const look = () => {
    const ready = document.querySelectorAll("[data-ready]").length;
    if (ready === views) resolve(views);
    else if (performance.now() - started > 20000) reject(`${ready} of ${views} ready`);
    else setTimeout(look, 50);
  };
  look();
})"""
PANELS = "[...document.querySelectorAll('.cell_output:has(.noUi-handle)')]"
STATE = """(({ dataset }, svg, sentence) =>
  [Number(dataset.frame), svg.innerHTML, sentence.textContent])(
  ...["", " svg", " .sf-sentence"].map((inner) =>
    PANEL.querySelector(".sf-figure[data-frame]" + inner)))"""


@pytest.fixture(scope="module")
def firefox():
    path = os.environ.get("FIREFOX")
    if not path:
        pytest.fail("FIREFOX does not name a Firefox: run `make test-firefox`")
    browser = Firefox(path)
    yield browser
    browser.close()


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_every_slider_changes_picture_and_sentence(site, firefox, page):
    firefox.open(site + page)
    assert firefox.evaluate(READY) > 0
    for i in range(firefox.evaluate(f"{PANELS}.length")):
        panel = f"{PANELS}[{i}]"
        handles = f"{panel}.querySelectorAll('.noUi-handle')"
        for k in range(firefox.evaluate(f"{handles}.length")):
            firefox.evaluate(f"{handles}[{k}].focus()")
            seen = []
            for key in (HOME, RIGHT, END):
                firefox.press(key)
                seen.append(firefox.evaluate(STATE.replace("PANEL", panel)))
            home, right, end = seen
            assert home[0] < right[0] < end[0]
            assert home[1] != end[1]
            assert home[2] != end[2]
    assert firefox.complaints == []


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_formulas_are_set(site, firefox, page):
    firefox.open(site + page)
    firefox.evaluate("MathJax.startup.promise.then(() => 0)")
    assert firefox.evaluate("document.querySelectorAll('mjx-container').length") > 0
    assert firefox.evaluate("document.querySelectorAll('mjx-merror').length") == 0


def test_complaints_are_heard(site, firefox):
    """Or else their absence above would say nothing."""
    firefox.open(site + "book/index.html")
    firefox.evaluate("console.error('as planned')")
    firefox.evaluate("fetch('nowhere.txt').then(() => 0)")
    assert any("as planned" in complaint for complaint in firefox.complaints)
    assert any("nowhere.txt" in complaint for complaint in firefox.complaints)
