"""What the site tells those who do not read it page by page.

Descriptions and Open Graph tags for search engines and shared links, the picture that
goes with them, a sitemap, and a page for addresses that lead nowhere.  What needs the
address of the published site is written only when that address is known.
"""

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

#: Search engines show about 200 characters; a formula may end the text earlier.
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 60, 200

SOCIAL_PICTURE = "_static/social.png"
SOCIAL_SIZE = (1200, 630)
SOCIAL_ALT = (
    "Three curves of the gradient norm against the lag: one grows, one stays, and one, "
    "at a spectral radius of 1.4, vanishes."
)


def description(doctree: nodes.document) -> str:
    """Return the first sentences of a page's running text, without formulas."""
    chosen = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        for sentence in re.split(r"(?<=[.?!])\s+", paragraph.astext().strip()):
            sentence = " ".join(sentence.split())
            sentence = sentence.removeprefix("Overview. ")
            if sentence == "Overview." or re.search(r"[\\^_{}]|[^.?!]$", sentence):
                if len(chosen) > SHORTEST_DESCRIPTION:
                    return chosen
                continue
            longer = f"{chosen} {sentence}".strip()
            if chosen and len(longer) > LONGEST_DESCRIPTION:
                return chosen
            chosen = longer
    return chosen


def add_metadata(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Describe a page in its head."""
    if doctree is None:
        return
    site = app.config.html_title
    title = nodes.unescape(app.env.titles[pagename].astext())
    root = pagename == app.config.root_doc
    tags = {
        "og:site_name": site,
        "og:title": title,
        "og:type": "website" if root else "article",
    }
    written = context["metatags"]
    text = description(doctree)
    if text and 'name="description"' not in written:
        written += f'\n<meta name="description" content="{escape(text)}" />'
        tags["og:description"] = text
    if base := app.config.html_baseurl:
        tags |= {
            "og:url": base + app.builder.get_target_uri(pagename),
            "og:image": base + SOCIAL_PICTURE,
            "og:image:width": str(SOCIAL_SIZE[0]),
            "og:image:height": str(SOCIAL_SIZE[1]),
            "og:image:alt": SOCIAL_ALT,
        }
        written += '\n<meta name="twitter:card" content="summary_large_image" />'
    for name, value in tags.items():
        written += f'\n<meta property="{name}" content="{escape(value)}" />'
    context["metatags"] = written + "\n"
    if root:
        # Its title is the book's, which the theme would repeat.
        context["docstitle"] = ""


def name_the_logo(app: Sphinx, config: Any) -> None:
    """Give the sidebar its title apart from the one in the window's title."""
    config.html_theme_options.setdefault("logo", {})["text"] = config.html_title


def draw_social_picture(path: Path, title: str) -> None:
    """Draw the picture that goes with shared links, from the book's own network."""
    import matplotlib.pyplot as plt
    import numpy as np

    from rnn_demo import colors
    from rnn_demo.explorers.gradient_norm import network
    from rnn_demo.matrices import scale_to_spectral_radius
    from rnn_demo.norms import gradient_norms

    params, x, last = network()
    lines = [
        (1.4, "identity", colors.VERMILION, "no activation, ρ = 1.4"),
        (1.0, "identity", colors.GREEN, "no activation, ρ = 1.0"),
        (1.4, "tanh", colors.BLUE, "tanh, strong input, ρ = 1.4"),
    ]
    # Read by strangers' programs: a white ground, and letters that survive thumbnails.
    settings = {
        "font.size": 20,
        "axes.labelsize": 20,
        "xtick.labelsize": 17,
        "ytick.labelsize": 17,
        "lines.linewidth": 5,
        "savefig.transparent": False,
        "figure.facecolor": "white",
        "figure.constrained_layout.w_pad": 0.3,
        "figure.constrained_layout.h_pad": 0.3,
    }
    with plt.style.context(["rnn_demo.book", settings]):
        width, height = SOCIAL_SIZE
        fig, ax = plt.subplots(figsize=(width / 100, height / 100), dpi=100)
        for rho, activation, color, label in lines:
            scaled = params.replace(W=scale_to_spectral_radius(params.W, rho))
            norms = gradient_norms(
                scaled, x, activation=activation, final_gradient=last
            )
            ax.plot(np.arange(len(x)), norms[::-1], color=color)
            ax.text(len(x) + 1, norms[0], label, color=color, va="center")
        ax.set(
            xlim=(0, len(x) * 1.62),
            xticks=np.arange(0, len(x) + 1, 20),
            ylabel="log₁₀ of the gradient norm",
        )
        ax.set_xlabel("steps back in time", loc="left")
        ax.set_title(title, fontsize=34, fontweight="bold", loc="left", pad=24)
        fig.savefig(path, dpi=100)
        plt.close(fig)


def not_found_page(app: Sphinx) -> str:
    """Return a page that needs nothing beside it, since it can be shown at any depth.

    Its links are absolute paths: below the published address where that is known, and
    from the server's root otherwise.
    """
    builder = app.builder
    root = urlsplit(app.config.html_baseurl).path or "/"
    title = escape(app.config.html_title)
    toctree = app.env.toctree_includes
    order = [app.config.root_doc]
    for name in order:
        order += [child for child in toctree.get(name, []) if child not in order]
    items = "\n".join(
        f'<li><a href="{root}{builder.get_target_uri(name)}">'
        f"{escape(app.env.titles[name].astext())}</a></li>"
        for name in order
    )
    return f"""<!DOCTYPE html>
<html lang="{app.config.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Page not found – {title}</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem;
  margin: 10vh auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }}
a {{ color: #005a8f; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #ced6dd; background: #14181e; }}
  a {{ color: #7cc8f2; }}
}}
</style>
</head>
<body>
<main>
<h1>The gradient vanished</h1>
<p>So did the page: there is nothing at this address in
<cite>{title}</cite>. These pages exist:</p>
<ul>
{items}
</ul>
</main>
</body>
</html>
"""


def sitemap(app: Sphinx) -> str:
    """Return the list of all pages that search engines ask for."""
    base, uri = app.config.html_baseurl, app.builder.get_target_uri
    addresses = "\n".join(
        f"<url><loc>{escape(base + uri(name))}</loc></url>"
        for name in sorted(app.env.found_docs)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{addresses}\n</urlset>\n"
    )


def write_extra_files(app: Sphinx, error: Exception | None) -> None:
    """Write the files that belong to the site rather than to a page."""
    if error or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    out = Path(app.outdir)
    (out / "404.html").write_text(not_found_page(app), encoding="utf-8")
    # GitHub Pages leaves out folders that begin with an underscore unless told not to.
    (out / ".nojekyll").touch()
    if app.config.html_baseurl:
        (out / "sitemap.xml").write_text(sitemap(app), encoding="utf-8")
        draw_social_picture(out / SOCIAL_PICTURE, app.config.html_title)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", name_the_logo)
    app.connect("html-page-context", add_metadata)
    app.connect("build-finished", write_extra_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
