"""Figures as files: text for a page, and pictures of single positions."""

import html
import io
from importlib.resources import files
from pathlib import Path
from typing import Any

from PIL import Image

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


def pictures(path: Path, source: Drawn, positions: list[Any], dpi: float) -> list[Path]:
    """Write pictures of positions; several are numbered."""
    kind = path.suffix.lower()
    # Fixed dates let equal figures give equal files.
    fixed = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    if kind not in fixed:
        raise ValueError(
            f"path is {str(path)!r}; it must end in .png, .pdf, .svg, .gif or .apng"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    count, written = len(positions), [path]
    if count > 1:
        numbers = (str(k).zfill(len(str(count - 1))) for k in range(count))
        written = [path.with_stem(f"{path.stem}-{number}") for number in numbers]
    for out, values in zip(written, positions, strict=True):
        out.write_bytes(source.save(values, kind[1:], dpi=dpi, metadata=fixed[kind]))
    return written


def animation(
    path: Path, source: Drawn, positions: list[Any], dpi: float, pause: float
) -> list[Path]:
    """Write positions one after the other, with a pause in milliseconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    saved = (io.BytesIO(source.save(values, "png", dpi=dpi)) for values in positions)
    first, *others = (Image.open(picture).convert("RGB") for picture in saved)
    first.save(path, save_all=True, append_images=others, duration=pause, loop=0)
    return [path]
