"""The theme's icon font, less the 1 400 icons that no page shows."""

import re
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

# As the theme's style sheet says them: by class, and as the content of something.
NAMED = re.compile(r"((?:\.fa-[\w-]+:before,?)+)\{content:\"\\(f[0-9a-f]+)\"\}")
USED = re.compile(r"\bfa-[\w-]+")
SHOWN = re.compile(r"--pst-icon-[\w-]+:\"(.)\"|[^\w-]content:\"\\(f[0-9a-f]+)\"")
# What a Play button has, once ipywidgets has drawn it.
PLAY = {"fa-play", "fa-pause", "fa-stop", "fa-retweet"}


def write_icons(app: Sphinx, error: Exception | None) -> None:
    """Write the icons that pages and style sheets name, where book.css finds them."""
    if error:  # which the missing style sheets of an unfinished site would hide
        return
    static = Path(app.outdir, "_static")
    pages = Path(app.outdir).rglob("*.html")
    used = PLAY.union(*(USED.findall(page.read_text("utf-8")) for page in pages))
    theme = (static / "styles" / "pydata-sphinx-theme.css").read_text("utf-8")
    code = {
        name: int(found, 16)
        for names, found in NAMED.findall(theme)
        for name in USED.findall(names)
    }
    book = (static / "styles" / "sphinx-book-theme.css").read_text("utf-8")
    shown = {
        ord(text) if text else int(found, 16)
        for text, found in SHOWN.findall(NAMED.sub("", theme) + book)
    }
    options = subset.Options(flavor="woff")
    font = subset.load_font(
        str(static / "vendor/fontawesome/webfonts/fa-solid-900.ttf"), options
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=shown | {code[name] for name in used & code.keys()})
    subsetter.subset(font)
    subset.save_font(font, str(static / "vendor" / "icons.woff"), options)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("build-finished", write_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
