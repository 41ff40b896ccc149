"""Static figures: recolouring, identifiers, equal bytes, contrast."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest

from slider_figure import colors, show, svg_of
from slider_figure._files import read

LIGHT_PAGE = "#FFFFFF"
DARK_PAGES = ("#14181E", "#121212")


@pytest.fixture(autouse=True)
def _book_style():
    with plt.style.context("rnn_demo.book"):
        yield
    plt.close("all")


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def dark_values():
    pairs = re.findall(r"--sf-(\w+):.*?(#[0-9A-Fa-f]{6})", read("slider_figure.css"))
    return dict(pairs)


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", colors.PALETTE)
def test_every_color_stands_out_in_light_and_dark(name):
    wanted = 4.5 if name == "muted" else 3  # muted is used for text
    assert contrast(colors.PALETTE[name], LIGHT_PAGE) >= wanted
    for page in DARK_PAGES:
        assert contrast(dark_values()[name], page) >= wanted


def test_ink_is_readable_in_light_and_dark():
    assert contrast(colors.FOREGROUND, LIGHT_PAGE) >= 4.5
    assert all(contrast(dark_values()["ink"], page) >= 4.5 for page in DARK_PAGES)


def test_style_file_holds_the_colors_of_the_module():
    cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert tuple(c.upper().lstrip("#") for c in cycle) == tuple(
        c.lstrip("#") for c in colors.CYCLE
    )
    for key in ("text.color", "axes.edgecolor", "axes.labelcolor", "grid.color"):
        assert plt.rcParams[key].upper().lstrip("#") == colors.FOREGROUND.lstrip("#")


def a_figure():
    fig, ax = plt.subplots()
    ax.plot([0, 1, 2], [0, 1, 5], "o-", label=r"$\rho(W)^{T-k}$")
    ax.fill_between([0, 1], [1, 2], color=colors.ORANGE, alpha=0.3, hatch="//")
    ax.set(ylim=(0, 2), xlabel="lag $T-k$", title="<a> & b")
    ax.legend()
    return fig


def ids(svg):
    return set(re.findall(r' id="([^"]+)"', svg))


def test_show_closes_the_figure_and_is_html():
    fig = a_figure()
    picture = show(fig, 'Rises "steeply" <fast>.')
    assert not plt.fignum_exists(fig.number)
    page = picture._repr_html_()
    assert "<style>" in page
    assert "--sf-blue" in page
    root = ET.fromstring(picture.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Rises "steeply" <fast>.'
    assert "Rises" in repr(picture)


@pytest.mark.parametrize("alt", ["", "  ", None, 3])
def test_text_alternative_is_required(alt):
    with pytest.raises(ValueError, match="alt is"):
        show(a_figure(), alt)


def test_svg_follows_the_theme():
    svg = svg_of(a_figure(), "A line.")
    assert "var(--sf-blue, #0072B2)" in svg
    assert "var(--sf-orange, #C27F00)" in svg
    assert "currentColor" in svg
    assert not re.search(r'"#[0-9a-f]{6}"', svg)
    assert colors.FOREGROUND.lower() not in svg.lower()


def test_svg_keeps_to_itself():
    """It has no style sheet, no style attribute, and names a fallback font."""
    svg = svg_of(a_figure(), "A line.")
    assert "<style" not in svg
    assert " style=" not in svg
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "width" not in svg[: svg.index(">")]
    assert svg.count("DejaVu Sans") == svg.count("sans-serif") == 1
    assert ">ρ</tspan>" in svg
    assert "&lt;a&gt; &amp; b" in svg


def test_references_in_the_svg_are_met_and_its_own():
    svg = svg_of(a_figure(), "A line.")
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    assert used == ids(svg)
    other = svg_of(a_figure(), "Another line.")
    assert not ids(svg) & ids(other)


def test_equal_figures_give_equal_bytes():
    assert svg_of(a_figure(), "A.") == svg_of(a_figure(), "A.")


def test_white_becomes_the_page_and_images_stay():
    fig, ax = plt.subplots()
    ax.imshow(np.eye(3))
    ax.text(1, 1, "label", bbox={"facecolor": "white"})
    ax.text(0, 0, "on the map", color="white")
    svg = svg_of(fig, "A map.")
    assert "var(--sf-paper, #ffffff)" in svg
    assert re.search(r'fill="#ffffff"[^>]*>on the map', svg)
    assert 'href="data:image/png;base64,iVBOR' in svg


def test_unstyled_figures_work_too():
    with plt.style.context("default"):
        svg = svg_of(a_figure(), "A line.")
    assert "currentColor" in svg
