"""Write every figure of the book as SVG, PDF and PNG into `_build/figures`.

    python scripts/figures.py              explorers at ρ(W) = 1.4
    python scripts/figures.py --rho 0.9    or at another position of their sliders

The notebooks run once more, and matplotlib itself writes what their cells show.
Explorers without a slider for ρ(W) stay where they start.  `figures.md` in the folder
says what each picture shows.  No library does this: only the cells' values know how
they were drawn.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from slider_figure import SliderFigure, StaticFigure

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "_build" / "figures"
KINDS = ("svg", "pdf", "png")
DPI = 300


def shown(path: Path) -> Iterator[SliderFigure | StaticFigure]:
    """Run a notebook, and yield the figures that its cells show."""
    shell = InteractiveShell.instance()
    shell.reset()
    with chdir(path.parent), mpl.rc_context({"backend": "agg"}):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type != "code":
                continue
            with capture_output():
                result = shell.run_cell(cell.source)
            result.raise_error()
            value: Any = getattr(result.result, "figure", result.result)
            if isinstance(value, SliderFigure):
                yield value
            elif isinstance(result.result, StaticFigure):
                yield result.result


def move(figure: SliderFigure, rho: float) -> None:
    """Move a slider for ρ(W) to the value nearest to `rho`."""
    for control in figure._controls:
        if control.label.startswith("ρ") and control.kind == "slider":
            nearest = min(control.values, key=lambda value: abs(value - rho))
            figure.value = {control.label: nearest}


def write_all(paths: list[Path], rho: float) -> int:
    """Write the figures of notebooks, and return how many there are."""
    shutil.rmtree(FIGURES, ignore_errors=True)
    FIGURES.mkdir(parents=True)
    lines = ["# Figures", "", f"Explorers with a slider for ρ(W) stand at {rho:g}.", ""]
    for path in paths:
        print(f"{path.stem} …", flush=True)
        for count, figure in enumerate(shown(path), start=1):
            name, told = f"{path.stem}-{count}", figure.alt
            if isinstance(figure, SliderFigure):
                move(figure, rho)
                name, told = f"{name}-explorer", f"{told} {figure.sentence}"
            for kind in KINDS:
                figure.save_frames(FIGURES / f"{name}.{kind}", dpi=DPI)
            lines.append(f"- `{name}`: {told}")
    (FIGURES / "figures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 4


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rho", type=float, default=1.4, help="spectral radius")
    rho = parser.parse_args().rho
    os.environ |= {"RNN_DEMO_STATIC": "1", "SLIDER_FIGURE_QUIET": "1"}
    count = write_all(sorted((ROOT / "notebooks").glob("*.ipynb")), rho)
    print(f"{count} figures at ρ(W) = {rho:g}: {FIGURES}")


if __name__ == "__main__":
    main()
