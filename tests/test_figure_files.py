"""Every figure as a file for other people's slides."""

import struct
import xml.etree.ElementTree as ET

import executed
import figures
import pytest
from conftest import ROOT

SVG = (
    '<svg viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg" class="sf-svg" '
    'color="currentColor"><rect fill="var(--rd-blue, #0072B2)" width="9"/></svg>'
)


def test_standalone_has_colors_and_size_of_its_own():
    svg = figures.standalone(SVG)
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("72pt", "36pt")
    assert "var(" not in svg
    assert "currentColor" not in svg
    assert 'fill="#0072B2"' in svg


def test_explorers_go_to_the_nearest_position():
    labels = ["0.10", "0.50", "1.50"]
    explorer = figures.Explorer({"i0": 0}, "", {"ρ(W)": ("i0", labels)})
    assert explorer.move(1.4) == "ρ(W) = 1.50"
    assert explorer.state["i0"] == 2
    assert figures.Explorer({}, "", {"lag": ("i0", labels)}).move(1.4) == ""


@pytest.mark.browser
def test_figures_are_moved_and_written(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FIGURES", tmp_path)
    page = chromium.new_page(device_scale_factor=2)
    path = ROOT / "notebooks" / "03_gradient_norms.ipynb"
    made = list(figures.pictures(path, 0.7, page))
    assert len(made) == len({name for name, _, _ in made}) >= 4
    moved = [text for name, _, text in made if name.endswith("explorer")]
    assert len(moved) >= 3
    assert all("ρ = 0.70" in text for text in moved)
    name, svg, _ = made[0]
    figures.write(name, svg, page)
    page.close()
    width, height = figures.size(svg)
    ET.parse(tmp_path / f"{name}.svg")
    pdf = (tmp_path / f"{name}.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1
    png = struct.unpack(">II", (tmp_path / f"{name}.png").read_bytes()[16:24])
    assert png == pytest.approx((width * 96 / 72 * 2, height * 96 / 72 * 2), abs=2)


def test_the_order_is_that_of_the_book():
    names = [path.stem for path in executed.paths()]
    assert names == sorted(names)
    assert "01_derivation" in names
