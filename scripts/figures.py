"""Write every figure of the book as SVG, PDF and PNG into `_build/figures`.

    python scripts/figures.py              explorers at ρ(W) = 1.4
    python scripts/figures.py --rho 0.9    or at another position of their sliders

The pictures are those of the executed notebooks: `make book` comes first.  Explorers
are moved by the same few lines of JavaScript as in the book's pages, in a Chromium,
which also makes the PDF and the PNG (300 dots per inch).  Explorers without a slider
for ρ(W) stay where they start.  `figures.md` in the folder says what each one shows.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import browser
import executed
from playwright.sync_api import Page

from rnn_demo import colors, figures

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "_build" / "figures"
DPI = 300
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SVG = re.compile(r'<svg [^>]*class="sf-svg".*?</svg>', re.DOTALL)

# Gives a stored figure to the render() of slider_figure.js and returns what it draws.
DRAW = """async ([script, state, data]) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const traits = { ...state, data: bytes };
  const model = { get: (name) => traits[name], on() {}, off() {} };
  const el = document.createElement("div");
  document.body.replaceChildren(el);
  render({ model, el });
  const svg = new XMLSerializer().serializeToString(el.querySelector("svg"));
  return [svg, el.querySelector("p").textContent];
}"""


@dataclass
class Explorer:
    """The stored state of a slider figure, and its controls by label."""

    state: dict[str, Any]
    data: str
    controls: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def move(self, rho: float) -> str:
        """Move to the position nearest to ρ(W) = `rho`; return where that is, or ""."""
        for label, (trait, labels) in self.controls.items():
            if label.startswith("ρ"):
                distances = [abs(float(text) - rho) for text in labels]
                index = distances.index(min(distances))
                self.state[trait] = index
                return f"{label} = {labels[index]}"
        return ""


def explorers(states: dict[str, Any]) -> dict[str, Explorer]:
    """Return the slider figures among stored widget models, by model identifier."""
    found = {}
    for name, model in states.items():
        if "svg" in model["state"] and "moving" in model["state"]:
            (buffer,) = (b for b in model["buffers"] if b["path"] == ["data"])
            found[name] = Explorer(dict(model["state"]), buffer["data"])
    for model in states.values():
        if "source" not in model["state"]:
            continue
        ends = [model["state"][end] for end in ("source", "target")]
        ends = [(name.removeprefix("IPY_MODEL_"), trait) for name, trait in ends]
        for (name, trait), (control, _) in (ends, ends[::-1]):
            options = states[control]["state"].get("_options_labels")
            if name in found and options:
                label = states[control]["state"]["description"]
                found[name].controls[label] = (trait, options)
    return found


def within(states: dict[str, Any], model: str) -> Iterator[str]:
    """Yield the identifiers of a widget and of all widgets inside it."""
    yield model
    for child in states[model]["state"].get("children", []):
        yield from within(states, child.removeprefix("IPY_MODEL_"))


def standalone(svg: str) -> str:
    """Return an SVG for use outside of a page: fixed colors, fixed size."""
    svg = re.sub(r"var\(--[\w-]+, *(#\w+)\)", r"\1", svg)
    svg = svg.replace("currentColor", colors.FOREGROUND)
    width, height = size(svg)
    return svg.replace("<svg ", f'<svg width="{width:g}pt" height="{height:g}pt" ', 1)


def size(svg: str) -> tuple[float, float]:
    """Return width and height of an SVG in points."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return float(box[1]), float(box[2])


def pictures(path: Path, rho: float, page: Page) -> Iterator[tuple[str, str, str]]:
    """Yield name, SVG and description of each figure of an executed notebook."""
    notebook = executed.notebook(path)
    states = notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {})
    states = states.get("state", {})
    known = explorers(states)
    script = figures.read("slider_figure.js")
    count = 0
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET_VIEW in data:
                models = within(states, data[WIDGET_VIEW]["model_id"])
                for explorer in (known[name] for name in models if name in known):
                    count += 1
                    explorer.move(rho)
                    arguments = [script, explorer.state, explorer.data]
                    svg, sentence = page.evaluate(DRAW, arguments)
                    description = f"{explorer.state['alt']} {sentence}"
                    yield f"{path.stem}-{count}-explorer", svg, description
            else:
                for svg in SVG.findall("".join(data.get("text/html", ""))):
                    count += 1
                    alt = re.search(r'aria-label="([^"]*)"', svg)[1]
                    yield f"{path.stem}-{count}", svg, alt


def write(name: str, svg: str, page: Page) -> None:
    """Write one figure in three formats."""
    svg = standalone(svg)
    (FIGURES / f"{name}.svg").write_text(svg + "\n", encoding="utf-8")
    width, height = size(svg)
    # A point more than the picture, or rounding would begin a second page.
    page.set_content(
        f"<style>@page {{ size: {width + 1}pt {height + 1}pt; margin: 0 }} "
        f"body {{ margin: 0 }} svg {{ display: block }}</style>{svg}"
    )
    page.pdf(path=FIGURES / f"{name}.pdf", prefer_css_page_size=True)
    page.locator("svg").first.screenshot(path=FIGURES / f"{name}.png")


def write_all(rho: float) -> int:
    """Write all figures and return how many there are."""
    shutil.rmtree(FIGURES, ignore_errors=True)
    FIGURES.mkdir(parents=True)
    lines = ["# Figures", "", f"Explorers with a slider for ρ(W) stand at {rho:g}.", ""]
    with browser.chromium() as chromium:
        scale = DPI / 96
        page, drawing = (chromium.new_page(device_scale_factor=scale) for _ in range(2))
        for path in executed.paths():
            for name, svg, description in pictures(path, rho, drawing):
                write(name, svg, page)
                lines.append(f"- `{name}`: {description}")
    (FIGURES / "figures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 4


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rho", type=float, default=1.4, help="spectral radius")
    rho = parser.parse_args().rho
    try:
        count = write_all(rho)
    except ValueError as error:
        print(f"The figures were NOT written: {error}", file=sys.stderr)
        return 1
    print(f"{count} figures at ρ(W) = {rho:g}: {FIGURES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
