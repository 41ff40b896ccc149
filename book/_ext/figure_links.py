"""Links that set a figure: ``[ρ = 1.4](#gradient-norm?ρ(W)=1.40&activation=tanh)``.

The name is what ``figure.name`` was set to.  A figure, control or value that the page
does not have is a warning, and so ends the build.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from book_site import stored_widgets
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
LINK = re.compile(r"#([\w-]+)\?(.+)")


class KeepLinks(SphinxTransform):
    """Take links to figures out of the hands of MyST, which looks for headings."""

    default_priority = 800

    def apply(self, **options: Any) -> None:
        """Leave the address of such a link as it is."""
        for node in self.document.findall(nodes.reference):
            if node.get("id_link") and LINK.match(node["refuri"]):
                del node["id_link"]
                node["figure_link"] = True


def problem(uri: str, figures: dict[str, dict[str, list[str]]]) -> str:
    """Return what is wrong with a link, or nothing."""
    name, query = LINK.match(unquote(uri)).groups()
    if name not in figures:
        return f"no figure on this page has the name {name!r}, only {[*figures]}"
    for label, value in parse_qsl(query, keep_blank_values=True):
        if label not in figures[name]:
            return f"{name} has no control {label!r}, only {[*figures[name]]}"
        if value not in [text.replace("−", "-") for text in figures[name][label]]:
            return f"{label} of {name} has no value {value!r}"
    return ""


def check_links(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Warn of links that lead nowhere."""
    if doctree is None:
        return
    links = [n for n in doctree.findall(nodes.reference) if n.get("figure_link")]
    if not links:
        return
    models = stored_widgets(app, pagename).get("state", {}).values()
    figures = {
        model["state"]["name"]: {
            label: labels for label, labels, *_ in model["state"]["controls"]
        }
        for model in models
        if model["state"].get("name") and "controls" in model["state"]
    }
    for node in links:
        if said := problem(node["refuri"], figures):
            logger.warning("%s: %s", node["refuri"], said, location=node)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_transform(KeepLinks)
    app.connect("html-page-context", check_links, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
