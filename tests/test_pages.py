"""The built pages in a real browser, with every request that is not local blocked."""

import re

import numpy as np
import pytest
from conftest import BROKEN_MATH, SITE

from rnn_demo.explorers import gradient_norm
from rnn_demo.norms import gradient_norms
from rnn_demo.spectral import scale_to_spectral_radius

pytestmark = pytest.mark.browser

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts
)
VIEW = 'type="application/vnd.jupyter.widget-view+json"'
WITH_FIGURES = [page for page in PAGES if VIEW in (SITE / page).read_text()]

WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


TOO_WIDE = """() => {
  for (const box of document.querySelectorAll(".bd-article details")) box.open = true;
  const inline = ".bd-article mjx-container:not([display=true])";
  const right = document.documentElement.clientWidth;
  return [...document.querySelectorAll(inline)]
    .filter((one) => !one.closest("table") && one.getBoundingClientRect().right > right)
    .map((one) => one.textContent);
}"""


def ready(watched):
    """Wait until every figure of the page has drawn itself; return their panels."""
    page = watched.page
    page.wait_for_load_state("networkidle")
    page.evaluate("window.MathJax?.startup?.promise")
    panels = page.locator(".cell_output:has(script[type*='widget-view'])")
    for i in range(panels.count()):
        panels.nth(i).locator("[data-ready]").first.wait_for(state="attached")
    return [panels.nth(i) for i in range(panels.count())]


def test_the_site_has_its_pages():
    assert {"book/index.html", "notebooks/03_gradient_norms.html"} <= set(PAGES)
    assert "notebooks/03_gradient_norms.html" in WITH_FIGURES


@pytest.mark.parametrize("context", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_page_is_quiet_complete_and_fits(site, watch, page, context):
    watched = watch(site, page, **context)
    ready(watched)
    assert watched.complaints == []
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= context["viewport"]["width"]
    assert watched.page.locator(BROKEN_MATH).all_text_contents() == []
    assert watched.page.evaluate(TOO_WIDE) == [], "formulas cut off at the edge"


def state(panel):
    figure = panel.locator(".sf-figure[data-frame]")
    return (
        figure.get_attribute("data-frame"),
        figure.locator("svg").inner_html(),
        figure.locator(".sf-sentence").inner_text(),
    )


def changed(before, after):
    return [a != b for a, b in zip(before, after, strict=True)]


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_every_control_changes_picture_and_sentence(site, watch, page):
    watched = watch(site, page, **WIDE)
    for panel in ready(watched):
        controls = 0
        for slider in panel.locator(".noUi-handle").all():
            slider.focus()
            seen = [state(panel)]
            for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
                slider.press(key)
                seen.append(state(panel))
            home, right, end, left = seen[1:]
            assert changed(home, end) == [True, True, True]
            assert int(right[0]) > int(home[0])
            assert int(left[0]) < int(end[0])
            controls += 1
        for group in panel.locator(".widget-toggle-buttons").all():
            buttons = group.locator("button").all()
            for button in [*buttons[1:], buttons[0]]:
                before = state(panel)
                button.click()
                assert changed(before, state(panel)) == [True, True, True]
            controls += 1
        for play in panel.locator(".widget-play").all():
            before = state(panel)
            buttons = play.locator("button")
            buttons.first.click()
            watched.page.wait_for_timeout(600)
            buttons.first.click()
            assert changed(before, state(panel)) == [True, True, True]
        assert controls, "a figure without controls"
    assert watched.complaints == []


READ_BACK = """(figure) => {
  const curve = figure.querySelector("[id$='-0']");
  const clip = curve.closest("[clip-path]") ?? curve.querySelector("[clip-path]");
  const url = clip.getAttribute("clip-path");
  const box = document.querySelector(url.slice(4, -1) + " rect");
  const path = curve.matches("path") ? curve : curve.querySelector("path");
  const number = (name) => Number(box.getAttribute(name));
  return { d: path.getAttribute("d"), box: ["x", "y", "width", "height"].map(number) };
}"""


def drawn_curve(panel, steps):
    """Return lag and log10 norm as drawn, and what one SVG unit is worth."""
    figure = panel.locator(".sf-figure[data-frame]").element_handle()
    found = figure.evaluate(READ_BACK)
    x, y, width, height = found["box"]
    points = np.array(re.findall(r"-?\d+\.?\d*", found["d"]), float).reshape(-1, 2)
    low, high = gradient_norm.Y_LIMITS
    lag = (points[:, 0] - x) / width * (steps - 1)
    value = high - (points[:, 1] - y) / height * (high - low)
    return lag, value, (high - low) / height


@pytest.mark.parametrize(
    ("activation", "strength"),
    [("tanh", "strong"), ("identity", "strong"), ("logistic", "weak")],
)
def test_the_drawn_line_is_the_gradient_norm(site, watch, activation, strength):
    watched = watch(site, "notebooks/03_gradient_norms.html", **WIDE)
    panel = ready(watched)[0]
    params, x, last = gradient_norm.network()
    panel.get_by_role("button", name=activation, exact=True).click()
    panel.get_by_role("button", name=strength, exact=True).click()
    slider = panel.locator(".noUi-handle")
    for key, times, rho in [("Home", 1, 0.1), ("ArrowRight", 130, 1.4), ("End", 1, 2)]:
        for _ in range(times):
            slider.press(key)
        lag, drawn, pixel = drawn_curve(panel, len(x))
        network = params.replace(W=scale_to_spectral_radius(params.W, rho))
        computed = gradient_norms(
            network,
            gradient_norm.INPUTS[strength] * x,
            activation=activation,
            final_gradient=last,
        )[::-1]
        np.testing.assert_allclose(lag, np.arange(len(x)), atol=0.1)
        np.testing.assert_allclose(drawn, computed, atol=pixel)
        assert f"ρ = {rho:.2f}, {activation}, {strength}" in state(panel)[2]


def test_the_first_picture_is_there_without_javascript(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "notebooks/03_gradient_norms.html")
    assert page.locator(".sf-first svg").count() >= 3
    assert page.locator(".sf-first svg").first.is_visible()
    context.close()
