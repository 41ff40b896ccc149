"""Every figure as a file for other people's slides."""

import struct
import xml.etree.ElementTree as ET

import figures
import nbformat

CELLS = [
    """
from rnn_demo import path_explorer, three_terms_explorer
three_terms_explorer(n=4).panel()
""",
    "path_explorer().panel(); 3",
    """
import matplotlib.pyplot as plt
from slider_figure import show
fig, ax = plt.subplots(figsize=(2, 1))
ax.plot([0, 1])
show(fig, alt="A line.")
""",
]


def test_figures_are_moved_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FIGURES", tmp_path / "figures")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    path = tmp_path / "09_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert figures.write_all([path], 0.7) == 2  # what no cell shows is left out
    told = (tmp_path / "figures" / "figures.md").read_text()
    assert "`09_small-1-explorer`: Three bars" in told
    assert "ρ = 0.70, tanh" in told
    assert "`09_small-2`: A line." in told
    made = {file.name: file for file in (tmp_path / "figures").iterdir()}
    assert len(made) == 7
    ET.parse(made["09_small-2.svg"])
    pdf = made["09_small-2.pdf"].read_bytes()
    assert pdf.startswith(b"%PDF")
    png = struct.unpack(">II", made["09_small-2.png"].read_bytes()[16:24])
    assert png == (600, 300)
