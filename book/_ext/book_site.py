"""What this book's site needs beyond Jupyter Book's own extensions."""

import json
import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import repository
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>'
)
STATE = "application/vnd.jupyter.widget-state+json"
REFERENCE = re.compile(r"IPY_MODEL_(\w+)")
# A formula in the text, with the bracket before it and the punctuation behind.
FORMULA = re.compile(
    r'\(?<span class="math notranslate nohighlight">[^<]*</span>[).,;:?!’”]*'
)
SAME_IDENTIFIER = re.compile(r' id="(?:proof|(?:proof|exercise|solution)-content)"')
NO_SCRIPT = (
    "<noscript><p>This figure is shown at its starting position; "
    "its controls need JavaScript.</p></noscript>"
)
INLINE = "jupyter-widgets widget-inline-hbox"
# What ipywidgets makes of a control, at a share of its way or with what it offers.
SLIDER = (
    '<div class="slider-container"><div class="slider noUi-target noUi-ltr '
    'noUi-horizontal"><div class="noUi-base"><div class="noUi-connects"></div>'
    '<div class="noUi-origin" style="transform: translate({:.3f}%)">'
    '<div class="noUi-handle noUi-handle-lower"></div></div></div></div></div>'
    '<div class="widget-readout">{}</div>'
)
BUTTON = '<button disabled class="widget-toggle-button jupyter-button{}">{}</button>'
# What book.js offers below the sentence of a figure that has a name.
TOOLS = (
    '<div class="sf-tools sf-wait" aria-hidden="true">'
    "<button disabled>Copy link</button><button disabled>Reset</button></div>"
)

DEFERRED, WAITING = {"defer": "defer"}, {"type": "text/plain"}
# In this folder of the site, and not below, what they ask for has the same address.
# The colors of code are written anew, by the theme, when all pages are written.
SMALL = re.compile(r"_static/(?!pygments)[^/]*")
# What each joined file is made of.
JOINED: dict[str, list[Path]] = {}


def set_addresses(app: Sphinx, config: Any) -> None:
    """Let links to the source and to the published site follow this copy's address."""
    found = repository.find()
    config.html_theme_options.update(repository.theme_options(found))
    config.html_baseurl = repository.site_url(found)


def launch_notebooks_only(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take the launch buttons off pages that Jupyter would open as text."""
    if context.get("page_source_suffix") != ".ipynb":
        context["header_buttons"] = [
            button
            for button in context["header_buttons"]
            if button.get("label") != "launch-buttons"
        ]


def stored_widgets(app: Sphinx, pagename: str) -> dict[str, Any]:
    """Return the widget state of a page, or an empty dictionary."""
    if pagename not in NbMetadataCollector.get_doc_data(app.env):
        return {}
    files = NbMetadataCollector.get_js_files(app.env, pagename)
    if "ipywidgets_state" not in files:
        return {}
    return json.loads(files["ipywidgets_state"][1]["body"])


def in_order(value: Any) -> str:
    """Return JSON whose text does not depend on where the value comes from.

    A notebook from the cache has its keys sorted, one that was just executed has not.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def page_order(models: dict[str, Any], views: list[str]) -> list[str]:
    """Return all identifiers in an order that does not depend on them.

    First what each view shows, from the top down, then what is not shown (links).
    """
    text = {model: in_order(traits) for model, traits in models.items()}
    number: dict[str, int] = {}

    def visit(model: str) -> None:
        if model in models and model not in number:
            number[model] = len(number)
            for reference in REFERENCE.findall(text[model]):
                visit(reference)

    def nameless(model: str) -> str:
        return REFERENCE.sub(lambda found: str(number.get(found[1])), text[model])

    for view in views:
        visit(view)
    for model in sorted(models.keys() - number.keys(), key=nameless):
        visit(model)
    return list(number)


def parts(models: dict[str, Any], views: list[str]) -> list[list[str]]:
    """Return the models in parts of which none refers to another, each in page order.

    What no view shows, or is linked to, is in none.
    """
    order = page_order(models, views)
    part = {model: [model] for model in order}
    for model in order:
        for other in REFERENCE.findall(in_order(models[model])):
            if other in part and part[other] is not part[model]:
                joined = part[model] + part[other]
                part.update(dict.fromkeys(joined, joined))
    seen = {id(part[view]): part[view] for view in views}
    return [sorted(found, key=order.index) for found in seen.values()]


def control(name: str, traits: dict[str, Any]) -> str:
    """Return a control as ipywidgets shows it, without its script; or nothing."""
    options = [escape(text) for text in traits.get("_options_labels", [])]
    at = traits.get("index") or 0
    if name == "SelectionSliderModel":
        kind = f"{INLINE} widget-slider widget-hslider"
        share = at / max(len(options) - 1, 1)
        inside = SLIDER.format(1000 * (share - 1), options[at])
    elif name == "ToggleButtonsModel":
        kind = "jupyter-widgets widget-toggle-buttons"
        pressed = [" mod-active" if k == at else "" for k in range(len(options))]
        inside = "".join(map(BUTTON.format, pressed, options))
        inside = f"<div>{inside}</div>"
    elif name == "DropdownModel":
        kind = f"{INLINE} widget-dropdown"
        inside = f"<select disabled><option>{options[at]}</option></select>"
    elif name == "PlayModel":
        kind = f"{INLINE} widget-play"
        inside = '<button disabled class="jupyter-button"></button>'
    else:
        return ""
    label = f'<label class="widget-label">{escape(traits.get("description", ""))}'
    return (
        f'<div class="sf-wait {kind}" aria-hidden="true">{label}</label>{inside}</div>'
    )


def at_rest(models: dict[str, Any], model: str) -> Iterator[str]:
    """Yield a widget without its script: figures are seen, controls keep their place.

    As ipywidgets writes them, so that nothing moves when they come.
    """
    traits = models[model]["state"]
    if "svg" in traits:
        name = escape(traits.get("name", ""))
        sentence = f'<p class="sf-sentence">{escape(traits["sentence"])}</p>'
        tools = TOOLS if name else ""
        yield f'<div data-first="{name}">{traits["svg"]}{sentence}{tools}</div>'
    elif "children" in traits:
        yield '<div class="jupyter-widgets widget-container widget-box widget-vbox">'
        for child in traits["children"]:
            yield from at_rest(models, child.removeprefix("IPY_MODEL_"))
        yield "</div>"
    else:
        yield control(models[model]["model_name"], traits)


def place_widgets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let each figure stand in its page before, or without, its controls.

    `book.js` wakes the widget when a reader comes near, and then removes the picture.
    For that the state of the widgets stands in parts, one for each figure, at the end
    of the text, so that the page is seen before they have arrived.  ipywidgets names
    the models at random; here they are counted, so that the same book gives the same
    pages.
    """
    stored = stored_widgets(app, pagename)
    if not stored:
        return
    models = stored["state"]
    views = [json.loads(view)["model_id"] for view in VIEW.findall(context["body"])]
    found = parts(models, views)
    number = {model: k for k, part in enumerate(found) for model in part}
    names = {model: f"w{i}" for i, model in enumerate(number)}

    def with_picture(match: re.Match[str]) -> str:
        view = json.loads(match[1])
        model = view["model_id"]
        drawn = "".join(at_rest(models, model))
        first = f'<div class="sf-figure sf-first">{drawn}{NO_SCRIPT}</div>'
        text = in_order(view | {"model_id": names[model]})
        opening, _, ending = match[0].partition(match[1])
        opening = opening.replace(">", f' data-part="{number[model]}">')
        return (first if "<svg" in drawn else "") + opening + text + ending

    def with_name(match: re.Match[str]) -> str:
        return f"IPY_MODEL_{names.get(match[1], match[1])}"

    context["body"] = VIEW.sub(with_picture, context["body"])
    for k, part in enumerate(found):
        state = stored | {"state": {names[model]: models[model] for model in part}}
        # Inside of a script element only this could end it.
        text = REFERENCE.sub(with_name, in_order(state)).replace("</", "<\\/")
        context["body"] += f'<script type="{STATE}" data-part="{k}">{text}</script>'
    scripts = context["script_files"]
    scripts[:] = [file for file in scripts if file.attributes.get("type") != STATE]
    # Registered while a page is made, these are that page's only.
    app.add_css_file("vendor/widget-manager.css")
    app.add_js_file("vendor/widget-manager.js", priority=400)


def keep_punctuation(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let no line begin with the comma, or end with the bracket, of a formula.

    Browsers may break a line beside a box, and formulas are boxes.
    """

    def together(match: re.Match[str]) -> str:
        text = match[0]
        alone = text.startswith("<") and text.endswith(">")
        return text if alone else f'<span class="together">{text}</span>'

    if body := context.get("body"):
        context["body"] = FORMULA.sub(together, body)


def correct_roles(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Replace what the writers say to screen readers where it is out of date."""
    if body := context.get("body"):
        # A label that hides the visible words; without it they are the name.
        body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        # Deprecated in ARIA 1.2; the list around it wants items.
        body = body.replace('role="doc-biblioentry"', 'role="listitem"')
        # All proofs get the same identifier, and so do the contents of all exercises.
        body = SAME_IDENTIFIER.sub("", body)
        context["body"] = body


def write_joined(app: Sphinx, error: Exception | None = None) -> None:
    """Write the joined files; once more in the end, when all parts have been copied."""
    for name, paths in JOINED.items():
        texts = [path.read_text("utf-8") for path in paths if path.is_file()]
        Path(app.outdir, "_static", name).write_text("\n".join(texts), "utf-8")


def join(
    app: Sphinx, files: list[Any], name: str, **attributes: str
) -> tuple[Any, ...]:
    """Write the small scripts, or style sheets, of a page as one file.

    Every page has the same ones: what belongs to some pages only stands in `vendor`.
    Return the joined file and all that is left.
    """
    small = [file for file in files if SMALL.fullmatch(str(file.filename))]
    if name not in JOINED:
        JOINED[name] = [Path(app.outdir, file.filename) for file in small]
        write_joined(app)
    left = [file for file in files if file.filename and file not in small]
    # Sphinx adds it to all pages with formulas, which formulas.py has set.
    left = [file for file in left if "mathjax/" not in str(file.filename)]
    return type(small[0])(f"_static/{name}", **attributes), left


def paint_first(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let no script keep a page from being seen, and ask for few files.

    The page of search results keeps its scripts, of which some stand in its template.
    """
    if "css_files" not in context:
        return
    styles, scripts = context["css_files"], context["script_files"]
    joined, left = join(app, styles, "site.css")
    styles[:] = [*left, joined]
    if pagename == "search":
        return
    joined, left = join(app, scripts, "site.js", **DEFERRED)
    # What book.js brings when a reader asks for it is no script before.
    told = [one for one in scripts if "toggle" in one.attributes.get("body", "")]
    later = [
        type(one)(one.filename, **(WAITING if "widget" in one.filename else DEFERRED))
        for one in left
    ]
    scripts[:] = [*told, joined, *later]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # Kernels inherit it: what needs a live one shows a stored result (laboratory.py).
    os.environ["RNN_DEMO_STATIC"] = "1"
    os.environ["SLIDER_FIGURE_QUIET"] = "1"
    app.connect("config-inited", set_addresses)
    app.connect("html-page-context", place_widgets)
    # While formulas are TeX.
    app.connect("html-page-context", keep_punctuation, priority=100)
    app.connect("html-page-context", correct_roles)
    # After the theme has added its buttons, with priority 501.
    app.connect("html-page-context", launch_notebooks_only, priority=502)
    # After all that adds files to a page, or takes them away.
    app.connect("html-page-context", paint_first, priority=950)
    app.connect("build-finished", write_joined, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
