"""The built pages in a real browser, with every request that is not local blocked."""

import re
from contextlib import ExitStack
from functools import cache, partial
from itertools import product

import browser
import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import (
    BROKEN_MATH,
    BUTTON,
    PAGES,
    SITE,
    SLIDER,
    STATE,
    VIEW,
    WIDE,
    WITH_FIGURES,
    Watched,
    move_every_control,
    panels,
)
from test_accessibility import looks, violations

from rnn_demo import bounds, counterexamples, gated
from rnn_demo.backprop import immediate_terms
from rnn_demo.derivation import path_terms
from rnn_demo.explorers import cliff_walk, example, lyapunov_map, two_units
from rnn_demo.learning import cliff, runs, shares, truncation
from rnn_demo.learning.tasks import first_symbol
from rnn_demo.matrices import random_matrix, random_params, scale_to_spectral_radius
from rnn_demo.network import forward
from rnn_demo.norms import gradient_norms

pytestmark = pytest.mark.browser

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

TOO_WIDE = """() => {
  const inline = ".bd-article span.math .katex-base";
  const right = document.documentElement.clientWidth;
  return [...document.querySelectorAll(inline)]
    .filter((one) => !one.closest("table") && one.getBoundingClientRect().right > right)
    .map((one) => one.textContent);
}"""


def test_the_site_has_its_pages():
    assert {"book/index.html", "notebooks/03_gradient_norms.html"} <= set(PAGES)
    assert "notebooks/03_gradient_norms.html" in WITH_FIGURES


@pytest.fixture(scope="module")
def opened(site, chromium):
    """Return a function that opens each page once, and gives it and its figures."""
    with ExitStack() as stack:

        @cache
        def open_page(name):
            watched = Watched(chromium, site, **WIDE)
            stack.callback(watched.context.close)
            watched.page.goto(site + name)
            return watched, panels(watched.page)

        yield open_page


@pytest.mark.parametrize("page", [page for page in PAGES if page != "index.html"])
def test_page_is_quiet_complete_accessible_and_fits(site, watch, opened, page):
    """It is unfolded from then on, where the tests below go on with it."""
    watched = opened(page)[0] if page in WITH_FIGURES else watch(site, page, **WIDE)
    page = watched.page
    assert page.locator(BROKEN_MATH).all_text_contents() == []
    for width in looks(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_WIDE) == [], "formulas cut off at the edge"
        assert violations(page) == []
    assert watched.complaints == []


SHIFT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0));
}).observe({ type: "layout-shift", buffered: true }))"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", ["book/index.html", "book/adapting.html"])
def test_nothing_jumps_while_a_page_wakes_up(site, watch, page, width):
    page = watch(site, page, viewport={"width": width, "height": 844}).page
    panels(page)
    page.evaluate("document.body.style.paddingTop = '1px'")  # or there might be none
    assert page.evaluate(SHIFT) < 0.02


FIGURES = "notebooks/03_gradient_norms.html"
AWAKE = """() => [...document.querySelectorAll(".sf-first, .sf-printed")]
  .map((first) => first.closest(".cell_output").querySelector("[data-ready]"))
  .map(Boolean)"""


def test_figures_wake_when_the_reader_comes_near(site, watch):
    page = watch(site, FIGURES, **WIDE).page
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_load_state("networkidle")
    assert set(page.evaluate(AWAKE)) == {False}
    page.locator(browser.FIGURE).first.scroll_into_view_if_needed()
    page.locator("[data-ready]").first.wait_for(state="attached")
    assert sum("widget-manager.js" in url for url in asked) == 1
    assert page.evaluate(AWAKE)[-1] is False
    page.locator(browser.FIGURE).last.dispatch_event("pointerover")
    page.locator("[data-ready]").nth(1).wait_for(state="attached")
    assert page.evaluate(AWAKE)[-1] is True


def test_the_first_touch_is_not_lost(site, watch):
    """A control that does not move yet is touched once, and moves."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = watch(site, "book/adapting.html", **phone).page
    held = []
    page.route("**/widget-manager.js*", lambda route: held.append(route))
    track = page.locator(".sf-wait .noUi-target").first
    track.evaluate("(track) => track.scrollIntoView({ block: 'center' })")
    box, before = track.bounding_box(), page.locator(".widget-readout").first
    before = before.inner_text()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    page.locator("[data-ready]").first.wait_for()
    now = page.locator(".widget-subarea .widget-readout").first
    page.wait_for_function(
        "([readout, before]) => readout.innerText !== before",
        arg=[now.element_handle(), before],
    )


def test_errors_are_heard_even_if_they_begin_like_usual_notes(site, watch):
    watched = watch(site, "404.html")
    watched.page.evaluate("['log', 'error'].map((kind) => console[kind]('[PST]: as'))")
    assert watched.complaints == ["console error: [PST]: as"]


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_every_control_changes_picture_and_sentence(opened, page):
    watched, figures = opened(page)
    for panel in figures:
        assert move_every_control(panel) > 0
        # A screen reader says what the move has changed.
        sentence = panel.locator.locator(".sf-figure[data-frame] .sf-sentence")
        assert sentence.get_attribute("aria-live") == "polite"
    assert watched.complaints == []


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_a_figure_that_was_moved_is_printed_at_its_default_position(opened, page):
    watched, figures = opened(page)
    for panel in figures:
        sentences = panel.locator.locator(".sf-sentence:visible")
        at_rest = panel.locator.locator(".sf-printed .sf-sentence").text_content()
        if panel.locator.locator(SLIDER).count():
            panel.press(SLIDER, 0, "Home")
            if sentences.all_inner_texts() == [at_rest]:
                panel.press(SLIDER, 0, "End")
        else:
            panel.click(BUTTON, 1)
        told = sentences.all_inner_texts()
        watched.page.emulate_media(media="print")
        printed = sentences.all_inner_texts()
        watched.page.emulate_media(media="screen")
        assert len(told) == len(printed) == 1
        assert printed == [at_rest] != told


FIRST = re.compile(
    r'(<div class="sf-figure sf-first">.*?</noscript></div>)'
    rf'<script type="{re.escape(WIDGET_VIEW)}" data-part="(\d+)">',
    re.DOTALL,
)
PART = re.compile(
    rf'"{re.escape(WIDGET_STATE)}" data-part="(\d+)">(.*?)</script>', re.S
)


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_no_figure_weighs_more_than_500_kilobytes(page):
    """What is stored for a figure and its controls, and its first picture."""
    text = (SITE / page).read_text(encoding="utf-8")
    stored, found = dict(PART.findall(text)), FIRST.findall(text)
    assert len(found) == text.count(f'"{WIDGET_VIEW}"') > 0
    assert {part for _, part in found} == stored.keys()
    for first, part in found:
        assert len((stored[part] + first).encode()) <= 500_000


# -- the drawn figures, turned back into numbers --------------------------------------

# Centers of what an artist draws, which its gid names, the labels of its axes' ticks
# and where those stand, the box of the axes, and the size of a pixel in the SVG's unit.
READ = """(panel, gid) => {
  const svg = panel.querySelector(".sf-figure[data-frame] svg");
  const artists = [...svg.querySelectorAll(`[data-gid="${gid}"]`)];
  const numbers = (e, names) => names.map((name) => Number(e.getAttribute(name)));
  const corners = (path) => {
    const n = path.getAttribute("d").match(/-?\\d+(\\.\\d+)?/g).map(Number);
    if (gid === "bar") return [[(n[0] + n[2]) / 2, n[5]]];
    return n.flatMap((_, i) => (i % 2 ? [] : [[n[i], n[i + 1]]]));
  };
  const drawn = gid === "bar" ? artists : artists.slice(0, 1);
  const points = drawn.flatMap((artist) => {
    const marks = [...artist.querySelectorAll("use")];
    if (marks.length) return marks.map((mark) => numbers(mark, ["x", "y"]));
    return [...artist.querySelectorAll("path")].flatMap(corners);
  });
  const clipped = artists[0].querySelector("[clip-path]");
  const url = clipped.getAttribute("clip-path").slice(4, -1);
  const rect = document.querySelector(`${url} rect`);
  const [x, y, width, height] = numbers(rect, ["x", "y", "width", "height"]);
  const [right, bottom] = [x + width, y + height];
  const ticks = [[], []];
  // The label of a tick follows its mark.
  const found = [...svg.querySelectorAll("use[x], text")];
  for (const [k, use] of found.entries()) {
    const label = found[k + 1];
    if (!use.matches("use") || !label?.matches("text")) continue;
    const [h, v] = numbers(use, ["x", "y"]);
    // On a log axis, what is read is the exponent.
    const text = label.textContent.trim().replace("−", "-");
    const log = label.querySelector("tspan");
    const value = Number(log ? text.replace(/^10/, "") : text);
    if (Number.isNaN(value)) continue;
    // The marks of an axis hang below it, or to the left of it.
    const mark = svg.querySelector(use.getAttribute("href")).getAttribute("d");
    const [across, up] = [[h, x, right, v, bottom], [v, y, bottom, h, x]].map(
      ([at, low, high, side, edge]) =>
        low - 0.1 < at && at < high + 0.1 && Math.abs(side - edge) < 0.1);
    if (across && mark.startsWith("M0 0L0 ")) ticks[0].push([h, value]);
    if (up && mark.startsWith("M0 0L-")) ticks[1].push([v, value]);
  }
  const pixel = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
  return { points, ticks, box: [[x, right], [bottom, y]], pixel };
}"""


def put(panel, controls):
    """Move the controls of a figure to values, as the reader sees them written."""
    for label, value in controls.items():
        control = panel.locator.locator(
            ".widget-slider, .widget-toggle-buttons",
            has=panel.locator.page.get_by_text(label, exact=True),
        )
        handle = control.locator(".noUi-handle")
        if not handle.count():
            control.get_by_role("button", name=value, exact=True).click()
            continue
        for _ in range(300):
            now = handle.get_attribute("aria-valuetext")
            if now == value:
                break
            low = float(now.replace("−", "-")) < float(value)
            handle.press("ArrowRight" if low else "ArrowLeft")
        assert now == value


def compare(panel, gid, computed):
    """Hold what is drawn against (x, y), within a pixel; None is not compared.

    Lines leave the axes, so both are compared as far as the axes reach.
    """
    found = panel.evaluate(READ, gid)
    drawn = np.array(found["points"]).T
    for at, ticks, box, wanted in zip(
        drawn, found["ticks"], found["box"], computed, strict=True
    ):
        if wanted is None:
            continue
        places, labels = zip(*ticks, strict=True)
        slope, offset = np.polyfit(places, labels, 1)
        low, high = np.sort(slope * np.array(box) + offset)
        assert np.any((low <= wanted) & (wanted <= high)), "nothing in sight"
        np.testing.assert_allclose(
            np.clip(slope * at + offset, low, high),
            np.clip(np.broadcast_to(wanted, at.shape), low, high),
            atol=abs(slope) * found["pixel"],
        )


def norm_against_lag(rho, activation, strength):
    params, x, last = example.network()
    network = params.replace(W=scale_to_spectral_radius(params.W, rho))
    x = example.INPUTS[strength] * x
    norms = gradient_norms(network, x, activation=activation, final_gradient=last)
    return np.arange(len(x)), norms[::-1]


def two_gradients(rho, activation, k):
    """Return where the last k steps take (0.8, −0.6), and points of the circle."""
    rng = np.random.default_rng(0)
    x, h, W = (
        0.5 * rng.normal(size=(52, 2)),
        np.zeros(2),
        [[rho, 0.8 * rho], [0, 0.6 * rho]],
    )
    pull, jacobians = np.eye(2), []
    for x_t in x:
        h = x_t + W @ h if activation == "identity" else np.tanh(x_t + W @ h)
        slope = 1 if activation == "identity" else 1 - h**2
        jacobians.append(np.diag(slope * np.ones(2)) @ W)
    for jacobian in jacobians[::-1][:k]:
        pull = jacobian.T @ pull
    return pull @ [0.8, -0.6], pull @ two_units.CIRCLE.vertices.T


def three_terms(rho, activation):
    params, x, _ = example.network(steps=3)
    rng = np.random.default_rng(1)
    target, h0 = rng.uniform(size=(3, params.p)), rng.uniform(-1, 1, params.n)
    network = params.replace(W=scale_to_spectral_radius(params.W, rho))
    terms = immediate_terms(
        network, x, target, t=3, wrt="W", h0=h0, activation=activation
    )
    return None, np.log10([np.linalg.norm(term) for term in terms[::-1]])


def eigenvalues(rho):
    values = rho * np.linalg.eigvals(example.network()[0].W)
    return values.real, values.imag


def matrix_powers(rho, dial):
    W = rho * random_matrix(32, "nonnormal", seed=0, nonnormality=dial)
    return np.arange(101), bounds.matrix_power_norms(W, 100)


def saturated(h2, a):
    params, h = counterexamples.saturated_network(a, h2)
    return (1 - h**2)[:, None] * params.W


def driven_norms(rho, strength):
    params, x, h0 = lyapunov_map.driven_network()
    network = params.replace(W=scale_to_spectral_radius(params.W, rho))
    v = np.random.default_rng(0).normal(size=params.n)
    norms = gradient_norms(
        network, strength * x[:460], h0=h0, final_gradient=v / np.linalg.norm(v)
    )
    return np.arange(61), norms[:-62:-1]


def shares_at_the_start(lag, start):
    run = runs.learn(start, lag, 0, updates=1)
    batch = next(first_symbol(lag, 100, seed=10_000))
    back = np.log10(shares.step_shares(run.before, batch))[::-1]
    return np.arange(lag + 1), back


def walk(start, clip, steps):
    path = cliff.descend(
        cliff_walk.STARTS[start],
        learning_rate=cliff_walk.LEARNING_RATE,
        steps=steps,
        clip=clip,
    )
    return path.w[-1:], path.b[-1:]


def truncated_entries(tau):
    params = random_params(12, 2, 2, rho=0.9, input_scale=0.3, seed=0)
    kept = truncation.chunk_gradients(params, truncation.echo(10, 60, 20, seed=1))
    kept = kept.reshape(60, -1) / abs(kept[-1]).max()
    return kept[-1], kept[tau - 1]


def lstm_norms(bias, rho):
    rng = np.random.default_rng(0)
    x, last = rng.normal(size=(200, 8)), rng.normal(size=64)
    params = gated.random_gated("lstm", 64, 8, 1, rho=rho, keep_bias=bias, seed=1)
    norms = gated.gradient_norms(params, x, final_gradient=last / np.linalg.norm(last))
    return np.arange(101), norms[:-102:-1]


NORMS, BOUNDS, BEYOND, LEARNING, REMEDIES = (
    f"notebooks/{name}.html"
    for name in (
        "03_gradient_norms",
        "04_bounds",
        "05_beyond_the_spectral_radius",
        "06_learning",
        "07_remedies",
    )
)
# A figure of a page, one of its artists by its gid, where its
# controls are put, and a direct call of what is then computed, from nothing stored.
CASES = [
    (NORMS, 3, "measured",
     {"ρ(W)": f"{rho:.2f}", "activation": activation, "input": strength},
     partial(norm_against_lag, rho, activation, strength))
    for rho, activation, strength in product(
        (0.1, 1.4, 2.0), example.ACTIVATIONS, example.INPUTS)
] + [
    (NORMS, 0, "length", {"k": str(k), "ρ(W)": "1.40", "activation": activation},
     lambda k=k, activation=activation: (
         k, np.log10(np.linalg.norm(two_gradients(1.4, activation, k)[0]))))
    for k in (0, 7) for activation in ("tanh", "identity")
] + [
    (NORMS, 0, "image", {"k": "2", "ρ(W)": "1.20", "activation": activation},
     lambda activation=activation: two_gradients(1.2, activation, 2)[1])
    for activation in ("tanh", "identity")
] + [
    (NORMS, 2, "drawn", {"at lag 33": "6", "at lag 66": "12", "at lag 99": "18"},
     lambda: (np.linspace(0, 99, 4), np.array([0, 6, 12, 18]))),
    (NORMS, 4, "bar", {"ρ(W)": "1.20", "activation": "logistic"},
     partial(three_terms, 1.2, "logistic")),
    (NORMS, 5, "marker", {"ρ(W)": "0.80", "input": "strong"}, lambda: (0.8, None)),
    (NORMS, 5, "eigenvalues", {"ρ(W)": "0.80", "input": "weak"},
     partial(eigenvalues, 0.8)),
    (BOUNDS, 0, "norm", {"ρ(W)": "1.10", "non-normality": "2.00"},
     partial(matrix_powers, 1.1, 2.0)),
    (BEYOND, 0, "eigenvalue", {"h₂": "0.80", "a": "2.4"},
     lambda: (0.8, np.linalg.eigvals(saturated(0.8, 2.4)).real.max())),
    (BEYOND, 0, "norm", {"h₂": "0.80", "a": "2.4"},
     lambda: (np.arange(41), bounds.matrix_power_norms(saturated(0.8, 2.4), 40))),
    (BEYOND, 1, "measured", {"ρ(W)": "1.8", "input strength": "0.500"},
     partial(driven_norms, 1.8, 0.5)),
    (LEARNING, 0, "shares", {"lag": "40", "start": "ρ = 1.2"},
     partial(shares_at_the_start, 40, "ρ = 1.2")),
    (LEARNING, 1, "state", {"w": "2.0", "activation": "identity"},
     lambda: (np.arange(1, 101), np.arange(1, 101) * np.log10(2))),
    (LEARNING, 2, "walk", {"step": "5", "clipping": "on", "start": "B"},
     partial(walk, "B", cliff_walk.THRESHOLD, 5)),
    (LEARNING, 2, "walk", {"step": "3", "clipping": "off", "start": "D"},
     partial(walk, "D", None, 3)),
    (LEARNING, 3, "entries", {"τ": "20", "scheme": "chunks", "network": "ρ = 0.9"},
     partial(truncated_entries, 20)),
    (REMEDIES, 0, "LSTM", {"bias b": "3.00", "ρ(W)": "2.0"},
     partial(lstm_norms, 3.0, 2.0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "number", "gid", "controls", "computed"),
    CASES,
    ids=[
        f"{page}-{number}-{', '.join(at.values())}" for page, number, _, at, _ in CASES
    ],
)
def test_what_is_drawn_is_what_a_direct_call_computes(
    opened, page, number, gid, controls, computed
):
    panel = opened(page)[1][number]
    put(panel, controls)
    compare(panel, gid, computed())
    if page == NORMS:
        sentence = panel.evaluate(STATE)[2]
        assert all(value in sentence for value in controls.values())


PATHS = "notebooks/01_derivation.html"
LIT = """(panel) => [...panel.querySelectorAll("[data-frame] [data-gid=lit] text")]
  .map((name) => name.textContent)"""


def test_the_lit_path_is_that_of_the_term(opened):
    (panel,) = opened(PATHS)[1]
    terms = [*path_terms(3, "W"), *path_terms(3, "V")]
    for k in (1, 2, 3, 0):
        panel.click(BUTTON, k)
        assert set(panel.evaluate(LIT)) == set(map(str, terms[k].factors))


PIXELS = """async (panel) => {
  const image = panel.querySelector(".sf-figure[data-frame] .sf-slot image");
  const drawn = new Image();
  drawn.src = image.getAttribute("href");
  await drawn.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawn.naturalWidth, drawn.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(drawn, 0, 0);
  return [canvas.width, canvas.height,
          [...context.getImageData(0, 0, canvas.width, canvas.height).data]];
}"""


@pytest.mark.parametrize("rho", ["0.80", "1.40"])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_each_pixel_is_an_entry_of_the_gradient(opened, rho, activation):
    """Within half of a decade, which is half of a shade."""
    panel = opened(NORMS)[1][1]
    put(panel, {"ρ(W)": rho, "activation": activation})
    width, height, data = panel.evaluate(PIXELS)
    pixels = np.reshape(data, (height, width, 4))  # the SVG turns it upside down
    shades = plt.get_cmap("RdBu_r", 21)(range(21), bytes=True)[:, :3].astype(int)
    found = np.abs(pixels[:, :, None, :3] - shades).sum(axis=-1).argmin(axis=-1)

    params, x, g = example.network()
    W = scale_to_spectral_radius(params.W, float(rho))
    h = forward(params.replace(W=W), x, activation=activation).h
    entries = [g]
    for h_t in h[:0:-1]:
        g = W.T @ ((1 - h_t**2 if activation == "tanh" else 1) * g)
        entries.append(g)
    decades = np.log10(np.abs(np.transpose(entries[::-1]))) - np.log10(1 / 8)
    assert pixels.shape[:2] == decades.shape == (64, 100)
    np.testing.assert_allclose(found - 10, np.clip(decades, -10, 10), atol=0.5 + 1e-9)


def test_no_figure_of_a_notebook_is_left_out():
    there = {
        (page, number)
        for page in WITH_FIGURES
        if page.startswith("notebooks/")
        for number in range((SITE / page).read_text().count(VIEW))
    }
    others = {(PATHS, 0), (NORMS, 1)}
    assert there == {(page, number) for page, number, *_ in CASES} | others
