"""What the site tells those who do not read it page by page.

`sphinxext.opengraph` writes the tags for shared links, `notfound` the page for
addresses that lead nowhere, `sphinx.ext.githubpages` the mark that GitHub wants.  What
needs the address of the published site is written only when that address is known.
Three things are done here:

- descriptions: opengraph's own have formulas as LaTeX, and end within a sentence;
- the picture: opengraph's own are that description again;
- the sitemap: sphinx-sitemap lists the pages that a build has written, which after a
  change are those with the change, and installs an extension that asks git for dates.
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


def set_options(app: Sphinx, config: Any) -> None:
    """Tell the extensions what the book is called and where it will be."""
    base = config.html_baseurl
    width, height = SOCIAL_SIZE
    config.notfound_urls_prefix = urlsplit(base).path or "/"
    config.ogp_site_url = base
    config.ogp_site_name = config.html_title
    config.ogp_type = "article"
    config.ogp_image = base + SOCIAL_PICTURE
    config.ogp_image_alt = SOCIAL_ALT
    config.ogp_custom_meta_tags = [
        f'<meta property="og:image:width" content="{width}" />',
        f'<meta property="og:image:height" content="{height}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    ]
    # The sidebar's title, apart from the one in the window's title.
    config.html_theme_options.setdefault("logo", {})["text"] = config.html_title


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


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page its description, which the tags for shared links repeat."""
    if doctree is None:
        return
    tags = dict(context["meta"] or {})
    text = escape(description(doctree))
    if text and 'name="description"' not in context["metatags"]:
        context["metatags"] += f'\n<meta name="description" content="{text}" />\n'
        tags["og:description"] = text
    if pagename == app.config.root_doc:
        tags["og:type"] = "website"
        # Its title is the book's, which the theme would repeat.
        context["docstitle"] = ""
    if not app.config.html_baseurl:
        tags["ogp_disable"] = "nothing to share"
    context["meta"] = tags


def draw_social_picture(path: Path, title: str) -> None:
    """Draw the picture that goes with shared links, from the book's own network."""
    import matplotlib.pyplot as plt
    import numpy as np

    from rnn_demo import gradient_norms, scale_to_spectral_radius
    from rnn_demo.explorers.example import network
    from slider_figure import colors

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
    listing, picture = Path(app.outdir, "sitemap.xml"), Path(app.outdir, SOCIAL_PICTURE)
    if app.config.html_baseurl:
        listing.write_text(sitemap(app), encoding="utf-8")
        draw_social_picture(picture, app.config.html_title)
    else:  # as a build with an address may have left them
        listing.unlink(missing_ok=True)
        picture.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # After book_site has found the address.
    app.connect("config-inited", set_options, priority=600)
    # Before opengraph, with priority 500, reads what is known of the page.
    app.connect("html-page-context", describe, priority=400)
    app.connect("build-finished", write_extra_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
