"""What can be touched in the built pages: handles in pictures, and the tools below."""

import browser
import pytest
from conftest import WIDE, WITH_FIGURES

pytestmark = pytest.mark.browser

SENTENCE = ".sf-sentence"
FIGURE = "[data-ready]:has(.sf-handle)"
HERE = "decodeURIComponent(location.hash)"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
# How many values handles have, and their second control, if there are two.
SIZE = """(handle) => Number(handle.getAttribute("aria-valuemax")) + 1"""
COUNT = """(handle) => handle.closest(".widget-vbox")
  .querySelectorAll(".noUi-handle")[1].getAttribute("aria-valuemax") - -1"""
# The figures of the book with something to drag, and how many things.
TOUCHED = {
    "notebooks/03_gradient_norms.html": {"guess": 3, "where": 2},
    "notebooks/05_beyond_the_spectral_radius.html": {
        "saturation": 1,
        "lyapunov-map": 1,
    },
    "notebooks/06_learning.html": {"cliff-walk": 2, "truncation": 1},
}
HANDLES = [
    (page, name, k)
    for page, figures in TOUCHED.items()
    for name, count in figures.items()
    for k in range(count)
]


def opened(watch, site, name, **options):
    page = watch(site, name, **options).page
    browser.settle(page)
    browser.reveal(page)
    return page


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def mouse(page, handle, places):
    page.mouse.move(*middle(handle))
    page.mouse.down()
    for place in places:
        page.mouse.move(*place)
    page.mouse.up()


def touch(page, handle, places):
    session = page.context.new_cdp_session(page)
    moves = [("Move", place) for place in places]
    for kind, at in [("Start", middle(handle)), *moves, ("End", None)]:
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send(
            "Input.dispatchTouchEvent",
            {"type": f"touch{kind}", "touchPoints": points},
        )
        # Moves of one frame are one event.
        page.evaluate("() => new Promise(requestAnimationFrame)")


# Presses keys, and returns where each has led; then notes where the pointer leads.
WALK = """(handle, keys) => {
  const figure = handle.closest("[data-frame]");
  const at = () => [Number(figure.dataset.frame), handle.getAttribute("aria-valuetext"),
                    figure.querySelector(".sf-sentence").textContent];
  window.led = [];
  handle.addEventListener("pointermove", () => led.push(at()));
  return keys.map((key) => {
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    // Buttons are made anew, and the picture has another place until then.
    const [hold, box] = [handle, figure.querySelector("svg")]
      .map((element) => element.getBoundingClientRect());
    return [at(), [hold.x + hold.width / 2 - box.x, hold.y + hold.height / 2 - box.y]];
  });
}"""


def keys(handle):
    """Yield keys that lead through all that a handle can reach."""
    row = ["Home", *["ArrowRight"] * (handle.evaluate(SIZE) - 1)]
    if "," not in handle.get_attribute("aria-label"):
        return row
    rows = handle.evaluate(COUNT)
    up = [key for _ in range(rows - 1) for key in ("ArrowUp", *row)]
    return [*["ArrowDown"] * rows, *row, *up]


@pytest.mark.parametrize(("drag", "look"), [(mouse, WIDE), (touch, PHONE)])
@pytest.mark.parametrize(("name", "figure", "k"), HANDLES)
def test_every_handle_leads_everywhere(watch, site, name, figure, k, drag, look):
    page = opened(watch, site, name, **look)
    box = page.locator(f'[data-name="{figure}"]')
    handle = box.locator(".sf-handle").nth(k)
    handle.scroll_into_view_if_needed()
    told = handle.evaluate(WALK, keys(handle))
    found = {at[0]: (at, place) for at, place in told}
    assert len(found) >= handle.evaluate(SIZE) > 1
    picture = box.locator("svg").bounding_box()
    drag(
        page,
        handle,
        [(picture["x"] + x, picture["y"] + y) for _, (x, y) in found.values()],
    )
    led = page.evaluate("led")
    assert [at for at, _ in found.values() if at not in led] == []


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_all_handles_are_known(watch, site, name):
    page = opened(watch, site, name, **WIDE)
    found = {
        box.get_attribute("data-name"): box.locator(".sf-handle").count()
        for box in page.locator(FIGURE).all()
    }
    assert found == TOUCHED.get(name, {})


def test_the_controls_follow_a_handle(watch, site):
    page = opened(watch, site, "notebooks/03_gradient_norms.html", **WIDE)
    box = page.locator(".widget-vbox:has([data-name=where])")
    box.locator(".sf-handle").first.press("End")
    assert box.locator(".widget-readout").first.inner_text() == "2.00"
    assert box.locator(SENTENCE).inner_text().startswith("ρ = 2.00")


def test_buttons_tell_which_is_pressed_whoever_pressed(watch, site):
    page = opened(watch, site, "notebooks/06_learning.html", **WIDE)
    box = page.locator(".widget-vbox:has([data-name=cliff-walk])")
    box.locator(".sf-handle").first.press("End")
    pressed = box.get_by_role("group", name="start").get_by_role("button", pressed=True)
    pressed.get_by_text("D", exact=True).wait_for()
    assert pressed.count() == 1


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_each_named_figure_can_be_sent_and_reset(watch, site, name):
    page = opened(watch, site, name, **WIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    boxes = page.locator("[data-name]").all()
    for box in boxes:
        figure = box.get_attribute("data-name")
        start = box.locator(SENTENCE).inner_text()
        panel = page.locator(f".widget-vbox:has(> [data-name='{figure}'])")
        moved = panel.locator(".noUi-handle, .widget-toggle-button:not(.mod-active)")
        moved.first.press("End")
        moved.first.press("Enter")
        told = box.locator(SENTENCE).inner_text()
        assert told != start
        box.get_by_role("button", name="Copy link").press("Enter")
        box.get_by_text("Copied.").wait_for()
        address = page.evaluate("navigator.clipboard.readText()")
        box.get_by_role("button", name="Reset").press("Enter")
        assert box.locator(SENTENCE).inner_text() == start
        other = opened(watch, site, address.removeprefix(site), **WIDE)
        arrived = other.locator(f'[data-name="{figure}"] {SENTENCE}')
        arrived.get_by_text(told, exact=True).wait_for()
        other.context.close()


def test_a_link_that_cannot_be_copied_is_the_address(watch, site):
    page = opened(watch, site, "notebooks/03_gradient_norms.html", **WIDE)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    box = page.locator("[data-name=where]")
    box.get_by_role("button", name="Copy link").click()
    page.wait_for_function(f"() => {HERE}.startsWith('#where?ρ(W)=1.00&')")


def test_tools_are_not_on_paper_and_wide_enough_for_thumbs(watch, site):
    page = opened(watch, site, "notebooks/03_gradient_norms.html", **PHONE)
    tools = page.locator("[data-ready] .sf-tools button")
    for box in [tool.bounding_box() for tool in tools.all()]:
        assert min(box["width"], box["height"]) >= 44
    page.emulate_media(media="print")
    assert not any(tool.is_visible() for tool in tools.all())
