"""What this book's site needs beyond Jupyter Book's own extensions."""

import json
import re
from collections.abc import Iterator
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>'
)
NO_SCRIPT = (
    "<noscript><p>This figure is shown at its starting position; "
    "its controls need JavaScript.</p></noscript>"
)


def widget_state(app: Sphinx, pagename: str) -> dict[str, Any]:
    """Return the stored widget models of a page, by their identifiers."""
    if pagename not in NbMetadataCollector.get_doc_data(app.env):
        return {}
    files = NbMetadataCollector.get_js_files(app.env, pagename)
    if "ipywidgets_state" not in files:
        return {}
    return json.loads(files["ipywidgets_state"][1]["body"])["state"]


def pictures(state: dict[str, Any], model: str) -> Iterator[str]:
    """Yield the SVG of every slider figure in a widget, from the top down."""
    traits = state[model]["state"]
    if "svg" in traits and "moving" in traits:
        yield traits["svg"]
    for child in traits.get("children", []):
        yield from pictures(state, child.removeprefix("IPY_MODEL_"))


def place_first_pictures(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let each figure stand in the page before, or without, its controls.

    `book.js` removes the picture as soon as the widget has drawn its own.
    """
    state = widget_state(app, pagename)
    if not state:
        return

    def with_picture(match: re.Match[str]) -> str:
        drawn = "".join(pictures(state, json.loads(match[1])["model_id"]))
        first = f'<div class="sf-figure sf-first">{drawn}{NO_SCRIPT}</div>'
        return (first if drawn else "") + match[0]

    context["body"] = VIEW.sub(with_picture, context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", place_first_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
