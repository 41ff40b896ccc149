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
    from slider_figure._sources import Source

_PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1rem/1.5 'DejaVu Sans', Verdana, sans-serif; margin: 1rem; }
body.sf-dark { background: #14181E; color: #CED6DD; color-scheme: dark; }
$css</style>
</head>
<body>
<main>
<div class="sf-controls"></div>
$figure
</main>
<script type="module">
$script
const figure = document.querySelector(".sf-figure");
theme(document.body);
show(figure, document.querySelector(".sf-controls"), state(STATE, figure));
</script>
</body>
</html>
""")

_MODULE = Template("""$script
const render_module = ({ el }) => {
  // A content security policy may forbid style elements.
  const style = new CSSStyleSheet();
  style.replaceSync(STATE.css);
  el.getRootNode().adoptedStyleSheets.push(style);
  const box = document.createElement("div");
  const [controls, figure] = [1, 2].map(() => document.createElement("div"));
  controls.className = "sf-controls";
  box.append(controls, figure);
  el.replaceChildren(box);
  theme(box);
  return show(figure, controls, STATE);
};
export default { render: render_module };
""")


def _read(*names: str) -> str:
    """Return files of this package as one text."""
    folder = files("slider_figure")
    return "".join(folder.joinpath(n).read_text(encoding="utf-8") for n in names)


def still(svg: str, sentence: str, style: str = "") -> str:
    """Return a picture and its sentence as HTML that needs no script."""
    told = f'<p class="sf-sentence">{html.escape(sentence)}</p>' if sentence else ""
    return f'<div class="sf-figure">{style}{svg}{told}</div>'


def _script(figure: SliderFigure, **more: Any) -> str:
    """Return the JavaScript of a figure with controls of its own, and its state."""
    state = {
        "data": base64.b64encode(figure.data).decode("ascii"),
        "controls": [
            {"label": c.label, "kind": c.kind, "labels": c.labels}
            for c in figure._controls
        ],
        **{f"i{k}": i for k, i in enumerate(figure.position)},
        **more,
    }
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    # Inside of a script element only this could end it.
    text = text.replace("</", "<\\/").replace("<!--", "<\\!--")
    core = _read("slider_figure.js").replace("export default { render };\n", "")
    return f"const STATE = {text};\n{core}{_read('controls.js')}"


def page(figure: SliderFigure, language: str) -> str:
    """Return a figure with controls as one HTML file."""
    return _PAGE.substitute(
        language=html.escape(language),
        title=html.escape(figure.alt),
        css=_read("slider_figure.css"),
        figure=figure.static_html(style=False),
        script=_script(figure),
    )


def module(figure: SliderFigure) -> str:
    """Return a figure with controls as one JavaScript module."""
    script = _script(figure, svg=figure.svg, css=_read("slider_figure.css"))
    return _MODULE.substitute(script=script)


def frames(
    path: Path,
    source: Source,
    positions: Sequence[Sequence[Any]],
    numbered: bool,
    dpi: float,
    interval: float,
) -> list[Path]:
    """Write pictures of positions, or one animation of them all."""
    kind = path.suffix.lower()
    moves = kind in (".gif", ".apng")
    if not moves and kind not in (".png", ".pdf", ".svg"):
        raise ValueError(
            f"path is {str(path)!r}; it must end in .png, .pdf, .svg, .gif or .apng"
        )
    if moves and not numbered:
        raise ValueError(f"along is None; {path.name} needs a control that runs")
    path.parent.mkdir(parents=True, exist_ok=True)
    written, pictures = [], []
    # Fixed dates and names let equal figures give equal files.
    fixed = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(kind, {})
    for k, values in enumerate(positions):
        out = path
        if moves:
            memory = io.BytesIO()
            source.save(memory, values, format="png", dpi=dpi)
            pictures.append(Image.open(memory).convert("RGB"))
            continue
        if numbered:
            digits = len(str(len(positions) - 1))
            out = path.with_stem(f"{path.stem}-{k:0{digits}d}")
        source.save(out, values, format=kind[1:], dpi=dpi, metadata=fixed)
        written.append(out)
    if moves:
        pictures[0].save(
            path,
            format="GIF" if kind == ".gif" else "PNG",
            save_all=True,
            append_images=pictures[1:],
            duration=1000 * interval,
            loop=0,
        )
        written.append(path)
    return written
