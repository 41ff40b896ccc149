"""Every interactive figure works in Firefox.  Run with `make test-firefox`."""

import os

import browser
import pytest
from conftest import WITH_FIGURES, move_every_control
from firefox import Firefox, Panel

pytestmark = pytest.mark.firefox

# Asked for again until it is there: the page's scripts may not have begun.
READY = """new Promise((resolve, reject) => {
  const views = document.querySelectorAll("script[type*='widget-view']").length;
  const started = performance.now();
  const look = () => {
    WAKE;
    const ready = document.querySelectorAll("[data-ready]").length;
    if (ready === views) resolve(views);
    else if (performance.now() - started > 20000) reject(`${ready} of ${views} ready`);
    else setTimeout(look, 50);
  };
  look();
})""".replace("WAKE", browser.WAKE)
PANELS = f'document.querySelectorAll("{browser.FIGURE}")'


@pytest.fixture(scope="module")
def firefox():
    path = os.environ.get("FIREFOX")
    if not path:
        pytest.fail("FIREFOX does not name a Firefox: run `make test-firefox`")
    browser = Firefox(path)
    yield browser
    browser.close()


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_every_control_changes_picture_and_sentence(site, firefox, page):
    firefox.open(site + page)
    figures = firefox.evaluate(READY)
    assert firefox.evaluate(f"{PANELS}.length") == figures > 0
    firefox.evaluate(browser.REVEAL)
    for i in range(figures):
        assert move_every_control(Panel(firefox, f"{PANELS}[{i}]")) > 0
    assert firefox.complaints == []


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_formulas_are_set(site, firefox, page):
    firefox.open(site + page)
    everything, those_set = ".math", ".math:has(.katex-html):has(math)"
    counts = []
    for chosen in everything, those_set:
        counts.append(firefox.evaluate(f"document.querySelectorAll('{chosen}').length"))
    assert counts[0] == counts[1] > 0


def test_complaints_are_heard(site, firefox):
    """Or else their absence above would say nothing."""
    firefox.open(site + "book/index.html")
    firefox.evaluate("console.error('as planned')")
    firefox.evaluate("fetch('nowhere.txt').then(() => 0)")
    assert any("as planned" in complaint for complaint in firefox.complaints)
    assert any("nowhere.txt" in complaint for complaint in firefox.complaints)
