"""Formulas are set while the book is built: a page shows them with its first words.

KaTeX is a program in JavaScript, which mini-racer runs.  What it writes is the formula
twice: as boxes for the eye, which katex.css places, and as MathML for screen readers.
"""

import json
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

KATEX = Path(__file__).with_name("katex") / "katex.min.js"
# Wherever Sphinx leaves TeX to MathJax, after the number of the formula.
TEX = re.compile(
    r'(<(?:span|div) class="[^"]*\bmath\b[^>]*>\s*'
    r'(?:<span class="eqno">.*?</a></span>)?)'
    r"\\([(\[])([^<]*)\\[)\]]"
)


# Asked for before the style sheets have named them: letters of other widths would be
# seen first, and lines jump.  Browsers forbid that in pages opened as files.
FONTS = """
<script>
const fonts = location.protocol === "file:" ? [] : ["Main-Regular", "Math-Italic"];
for (const name of fonts) {{
  const href = `{folder}/KaTeX_${{name}}.woff2`;
  const link = {{ rel: "preload", as: "font", crossOrigin: "anonymous", href }};
  document.head.append(Object.assign(document.createElement("link"), link));
}}
</script>
"""


@cache
def program() -> MiniRacer:
    """Return an engine that has read KaTeX."""
    engine = MiniRacer()
    engine.eval(KATEX.read_text(encoding="utf-8"))
    return engine


@cache
def in_html(tex: str, display: bool = False) -> str:
    """Return a formula as HTML."""
    # What KaTeX can set and LaTeX could not is set, and nothing said of it.
    options = {"displayMode": display, "strict": False}
    arguments = f"{json.dumps(tex)}, {json.dumps(options)}"
    try:
        html = program().eval(f"katex.renderToString({arguments})")
    except JSEvalException as error:
        raise ExtensionError(
            f"KaTeX cannot set the formula {tex!r}: {error}"
        ) from error
    # Firefox complains of attributes that say nothing, and of an operator's invisible
    # "applied to", which KaTeX puts where two elements are allowed.
    return html.replace(' columnspacing=""', "").replace("<mo>\u2061</mo>", "")


def set_formulas(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Replace the TeX in a page by formulas."""

    def formula(match: re.Match[str]) -> str:
        before, bracket, tex = match.groups()
        return before + in_html(unescape(tex).strip(), display=bracket == "[")

    # The theme makes the list of contents from the latter, headings with formulas, too.
    for part in {"body", "toc"} & context.keys():
        context[part], count = TEX.subn(formula, context[part])
        if count and part == "body":
            app.add_css_file("vendor/katex/katex.min.css")
            folder = context["pathto"]("_static/vendor/katex/fonts", 1)
            context["metatags"] += FONTS.format(folder=folder)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # After book_site has looked for TeX, before the theme lists the contents.
    app.connect("html-page-context", set_formulas, priority=200)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
