"""WCAG 2.1 A and AA, as far as axe-core can decide; test_pages.py asks every page."""

import browser
import pytest
from conftest import ROOT

from rnn_demo.explorers.three_terms import three_terms_explorer

pytestmark = pytest.mark.browser

AXE = ROOT / "tests" / "vendor" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """async (runOnly) => {
  // The ink of a formula is that of its sentence; what is read aloud is its MathML.
  // To name the ink as excluded takes axe longer than to look at it.
  const inks = [...document.querySelectorAll(".katex-html")].map(
    (ink) => [ink, new Comment()]);
  for (const [ink, mark] of inks) ink.replaceWith(mark);
  const options = { runOnly, resultTypes: ["violations"] };
  const found = await axe.run(document.documentElement, options);
  for (const [ink, mark] of inks) mark.replaceWith(ink);
  const say = (rule) => (node) =>
    `${rule.id}: ${node.target} ${node.html.slice(0, 120)}: ${node.failureSummary}`;
  return found.violations.flatMap((rule) => rule.nodes.map(say(rule)));
}"""
# What is folded is checked, too; what fades in or moves is checked at its end.
UNFOLD = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const button of document.querySelectorAll(".toggle-button-hidden")) {
    button.click();
  }
  const style = document.createElement("style");
  style.textContent = "* { transition: none !important; animation: none !important; }";
  document.head.append(style);
}"""
SETTLED = (
    "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
)


def looks(page):
    """Put a page into each of its looks, unfolded: small and dark, wide and light."""
    page.evaluate(UNFOLD)
    for width, height, theme in ((360, 740, "dark"), (1280, 900, "light")):
        page.set_viewport_size({"width": width, "height": height})
        # A page of the book has a switch; a figure alone follows the system.
        page.emulate_media(color_scheme=theme)
        page.evaluate("t => { document.documentElement.dataset.theme = t }", theme)
        page.evaluate(SETTLED)
        yield width


def violations(page):
    """Return what axe-core finds in a page as it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN, LEVELS)


def test_a_figure_in_a_file_of_its_own_is_accessible(watch, tmp_path):
    three_terms_explorer(n=6).save_html(tmp_path / "figure.html")
    page = watch(tmp_path.as_uri(), "/figure.html").page
    page.locator("[data-ready]").wait_for()
    for _ in looks(page):
        assert violations(page) == []


TARGETS = ".noUi-touch-area, .widget-toggle-button, .widget-play button"


@pytest.mark.parametrize(
    "name", ["book/index.html", "notebooks/03_gradient_norms.html"]
)
def test_controls_are_big_enough_for_thumbs(site, watch, name):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    page = watch(site, name, **phone).page
    browser.settle(page)
    browser.reveal(page)
    heights = [
        control.bounding_box()["height"] for control in page.locator(TARGETS).all()
    ]
    assert heights
    assert min(heights) >= 44


def test_controls_have_names_and_states(site, watch):
    page = watch(site, "notebooks/03_gradient_norms.html").page
    browser.settle(page)
    browser.reveal(page)
    for group in page.locator(".widget-toggle-buttons").all():
        assert group.get_attribute("role") == "group"
        assert group.get_attribute("aria-label")
        for button in group.locator("button").all():
            button.click()
            pressed = group.locator("button[aria-pressed=true]")
            assert pressed.all_inner_texts() == [button.inner_text()]
    play = page.locator(".widget-play button")
    play.first.scroll_into_view_if_needed()
    play.first.click()
    assert play.first.get_attribute("aria-label") == "Pause"
    play.first.click()
    assert play.first.get_attribute("aria-label") == "Play"


BOX = """(e) => {
  const { left, right } = e.getBoundingClientRect();
  return [left, right];
}"""
DIRECTION = "(e) => getComputedStyle(e).direction"
BACKGROUND = "(e) => getComputedStyle(e).backgroundColor"


def test_in_forced_colors_a_pressed_button_and_a_track_are_seen(site, watch):
    page = watch(site, "book/index.html", forced_colors="active").page
    browser.settle(page)
    browser.reveal(page)
    pressed, other = (
        page.locator(f".widget-toggle-button{which}").first
        for which in (".mod-active", ":not(.mod-active)")
    )
    assert pressed.evaluate(BACKGROUND) != other.evaluate(BACKGROUND)
    track = page.locator(".noUi-target").first
    assert track.evaluate("(e) => getComputedStyle(e).borderTopWidth") == "1px"


def right_to_left(route):
    text = route.fetch().text()
    route.fulfill(body=text.replace("<html ", '<html dir="rtl" ', 1), content_type=HTML)


HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_handle_stays_on_its_track_however_narrow(site, watch, direction):
    page = watch(site, "book/index.html", viewport={"width": 220, "height": 740}).page
    if direction == "rtl":
        page.route("**/book/index.html", right_to_left)
        page.reload()
    browser.settle(page)
    browser.reveal(page)
    track = page.locator(".noUi-target").first
    handle = page.locator(".noUi-handle").first
    for key, end in (("Home", 0), ("End", 1)):
        handle.press(key)
        (left, right), sides = track.evaluate(BOX), handle.evaluate(BOX)
        assert right - left > 60
        assert sum(sides) / 2 == pytest.approx((left, right)[end], abs=1)


def test_figures_run_from_left_to_right_in_any_text(site, watch):
    page = watch(site, "book/index.html").page
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.locator(".sf-svg").first.evaluate(DIRECTION) == "ltr"
