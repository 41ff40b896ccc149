"""Figures as files: one page, one module, pictures of single positions."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from slider_figure._figure import SliderFigure
    from slider_figure._sources import Drawn


def read(name: str) -> str:
    """Return the text of a file of this package."""
    return files("slider_figure").joinpath(name).read_text(encoding="utf-8")


def style_sheet() -> str:
    """Return the ``<style>`` element that the figures need.

    Returns
    -------
    str
    """
    return f"<style>{read('slider_figure.css')}</style>"


def still(svg: str, sentence: str, style: str = "") -> str:
    """Return a picture and its sentence as HTML that needs no script."""
    told = f'<p class="sf-sentence">{html.escape(sentence)}</p>' if sentence else ""
    return f'<div class="sf-figure">{style}{svg}{told}</div>'


def _script(figure: SliderFigure, **more: Any) -> str:
    """Return the JavaScript of a figure with controls of its own, and its state."""
    controls = [(c.label, c.kind, c.labels) for c in figure._controls]
    names = "label", "kind", "labels"
    state = {
        "data": base64.b64encode(figure.data).decode("ascii"),
        "controls": [dict(zip(names, control, strict=True)) for control in controls],
        **{f"i{k}": i for k, i in enumerate(figure.position)},
        **more,
    }
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    # Inside of a script element only this could end it.
    text = text.replace("</", "<\\/").replace("<!--", "<\\!--")
    core = read("slider_figure.js").replace("export default { render };\n", "")
    return f"const STATE = {text};\n{core}{read('controls.js')}"


def page(figure: SliderFigure, language: str) -> str:
    """Return a figure with controls as one HTML file."""
    return Template(read("page.html")).substitute(
        language=html.escape(language),
        title=html.escape(figure.alt),
        css=read("slider_figure.css"),
        figure=figure.static_html(style=False),
        script=_script(figure),
    )


def module(figure: SliderFigure) -> str:
    """Return a figure with controls as one JavaScript module."""
    script = _script(figure, svg=figure.svg, css=read("slider_figure.css"))
    return script + read("module.js")


def pictures(
    path: Path, source: Drawn, positions: Sequence[Sequence[Any]], dpi: float
) -> list[Path]:
    """Write pictures of positions; several are numbered."""
    kind = path.suffix.lower()
    # Fixed dates let equal figures give equal files.
    fixed = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    if kind not in fixed:
        raise ValueError(
            f"path is {str(path)!r}; it must end in .png, .pdf, .svg, .gif or .apng"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(positions) - 1))
    written = [path]
    if len(positions) > 1:
        numbers = (f"{k:0{digits}d}" for k in range(len(positions)))
        written = [path.with_stem(f"{path.stem}-{number}") for number in numbers]
    for out, values in zip(written, positions, strict=True):
        source.save(out, values, format=kind[1:], dpi=dpi, metadata=fixed[kind])
    return written


def animation(
    path: Path,
    source: Drawn,
    positions: Sequence[Sequence[Any]],
    dpi: float,
    interval: float,
) -> list[Path]:
    """Write positions one after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = []
    for values in positions:
        memory = io.BytesIO()
        source.save(memory, values, format="png", dpi=dpi)
        shown.append(Image.open(memory).convert("RGB"))
    shown[0].save(
        path,
        format="GIF" if path.suffix.lower() == ".gif" else "PNG",
        save_all=True,
        append_images=shown[1:],
        duration=1000 * interval,
        loop=0,
    )
    return [path]
