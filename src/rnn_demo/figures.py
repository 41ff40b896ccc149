"""Static figures that follow the page: its width, its theme, its readers.

A matplotlib figure is written as SVG once and then rewritten so that it can stand
inside a page: colours become CSS variables, ink becomes the page's text colour,
identifiers are unique to the figure, and equal figures give equal bytes.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
import xml.etree.ElementTree as ET
from importlib.resources import files
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from rnn_demo.colors import FOREGROUND, PALETTE
from rnn_demo.words import translate, translate_figure

__all__ = ["StaticFigure", "show", "style_sheet", "svg_of"]

FONTS = "'DejaVu Sans', Verdana, sans-serif"

_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rnn_demo",
    "svg.image_inline": True,
    "image.composite_image": False,
    "savefig.bbox": "standard",
}

_COLORS = {value.lower(): f"var(--rd-{k}, {value})" for k, value in PALETTE.items()}
_COLORS |= {
    FOREGROUND.lower(): "currentColor",
    "#000000": "currentColor",
}


class StaticFigure:
    """A picture for the page; a notebook shows it when it is a cell's last value.

    Parameters
    ----------
    svg : str
        The picture, as :func:`svg_of` returns it.
    alt : str
        Its text alternative.
    """

    def __init__(self, svg: str, alt: str) -> None:
        self.svg = svg
        self.alt = alt

    def __repr__(self) -> str:
        return f"<figure: {self.alt}>"

    def _repr_html_(self) -> str:
        return f'<div class="sf-figure">{style_sheet()}{self.svg}</div>'


def show(fig: Figure, alt: str) -> StaticFigure:
    """Close a figure and return it as a picture for the page.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    alt : str
        What the picture shows, for readers who do not see it.

    Returns
    -------
    StaticFigure
        Displays as inline SVG that follows light and dark.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    check_alt(alt)
    picture = StaticFigure(svg_of(fig, alt), translate(alt))
    plt.close(fig)
    return picture


def svg_of(fig: Figure, alt: str) -> str:
    """Return a figure as an ``<svg>`` element for use inside HTML.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    alt : str
        Its text alternative.

    Returns
    -------
    str
        The element; equal figures give equal strings.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    check_alt(alt)
    root = parse(render(fig))
    return serialize(root, translate(alt))[0]


def style_sheet() -> str:
    """Return the ``<style>`` element that the figures need outside of the book."""
    return f"<style>{read('slider_figure.css')}</style>"


def read(name: str) -> str:
    """Return the text of a file of this package."""
    return files("rnn_demo").joinpath(name).read_text(encoding="utf-8")


def check_alt(alt: str) -> None:
    """Raise ValueError unless `alt` is a text alternative."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"alt is {alt!r}; say in a sentence what the picture shows, for readers "
            "who do not see it"
        )


def render(fig: Figure) -> str:
    """Return matplotlib's own SVG of a figure, the same for equal figures."""
    translate_figure(fig)
    out = io.StringIO()
    with mpl.rc_context(_RC):
        fig.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return out.getvalue()


def parse(svg: str) -> ET.Element:
    """Read matplotlib's SVG and make it fit for standing inside a page.

    Styles become attributes: they need no permission from a content security
    policy, and matplotlib's own ``<style>`` would reach every element of the page.
    Definitions move to the front, because a hidden artist may hold one that others
    use.
    """
    root = ET.fromstring(svg)
    shared = ET.Element("defs")
    _clean(root, shared)
    for tag in ("width", "height", "version"):
        root.attrib.pop(tag, None)
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "sf-svg",
        "role": "img",
        "font-family": FONTS,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    if len(shared):
        root.insert(0, shared)
    return root


def serialize(
    root: ET.Element, alt: str, keep: tuple[str, ...] = (), salt: bytes = b""
) -> tuple[str, str]:
    """Give the identifiers in use a prefix of this figure's own and write the SVG.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element
        What :func:`parse` returned; it is changed.
    alt : str
        Text alternative.
    keep : tuple of str
        Identifiers that are needed although nothing in the SVG refers to them; the
        i-th becomes ``"<prefix>-<i>"``.
    salt : bytes
        Further content of the figure which its prefix depends on.

    Returns
    -------
    svg, prefix : str
        The element and the prefix of its identifiers.
    """
    root.set("aria-label", alt)
    content = ET.tostring(root, encoding="unicode")
    digest = hashlib.sha256(content.encode() + salt).hexdigest()
    prefix = f"sf{digest[:12]}"
    used = re.findall(r'(?:url\(|href=")#([^)"]+)', content)
    names: dict[str, str] = {}
    for name in [*keep, *used]:
        names.setdefault(name, f"{prefix}-{len(names)}")
    for element in root.iter():
        if "id" in element.attrib:
            name = element.attrib.pop("id")
            if name in names:
                element.set("id", names[name])
        for key in ("href", "clip-path", "fill", "stroke", "mask", "filter"):
            value = element.get(key, "")
            if "url(#" in value or (key == "href" and value.startswith("#")):
                element.set(key, _renamed(value, names))
    _flatten(root)
    return ET.tostring(root, encoding="unicode"), prefix


def _flatten(element: ET.Element) -> None:
    """Drop what draws nothing and groups that say nothing."""
    children: list[ET.Element] = []
    for child in list(element):
        _flatten(child)
        if child.tag == "g" and not child.attrib:
            children.extend(child)
        elif not (child.get("fill") == "none" and "stroke" not in child.attrib):
            children.append(child)
        element.remove(child)
    element.extend(children)


def _renamed(value: str, names: dict[str, str]) -> str:
    return re.sub(
        r"^#(.+)$|url\(#([^)]+)\)",
        lambda m: f"#{names[m[1]]}" if m[1] else f"url(#{names[m[2]]})",
        value,
    )


def _clean(element: ET.Element, shared: ET.Element) -> None:
    element.tag = element.tag.partition("}")[2]
    for key in [k for k in element.attrib if k.startswith("{")]:
        element.set(key.partition("}")[2], element.attrib.pop(key))
    for key, value in _declarations(element.attrib.pop("style", "")):
        element.set(key, value)
    for key in ("fill", "stroke"):
        if key in element.attrib:
            color = element.attrib[key].lower()
            if color == "#ffffff" and key == "fill" and element.tag in ("path", "use"):
                # White areas are paper; white text and lines stand on dark maps.
                color = "var(--rd-paper, #ffffff)"
            element.set(key, _COLORS.get(color, color))
    _shorten(element)
    element.tail = None
    if element.text and not element.text.strip() and element.tag != "tspan":
        element.text = None
    for child in list(element):
        name = child.tag.partition("}")[2]
        if name in ("metadata", "style", "type"):
            element.remove(child)
            continue
        _clean(child, shared)
        if name == "defs":
            shared.extend(child)
            element.remove(child)


def _declarations(style: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            # The shorthand of older matplotlib: [style] [weight] SIZE FAMILIES.
            before, size, family = re.fullmatch(r"(.*?)([\d.]+px) (.*)", value).groups()  # type: ignore[union-attr]
            out.append(("font-size", size))
            out += _family(family)
            for word in before.split():
                kind = "style" if word in ("italic", "oblique") else "weight"
                out.append((f"font-{kind}", word))
        elif key == "font-family":
            out += _family(value)
        elif key:
            out.append((key, value))
    return out


def _family(families: str) -> list[tuple[str, str]]:
    first = families.split(",")[0].strip(" '\"")
    # The root already names the book's font.
    return [] if first == "DejaVu Sans" else [("font-family", f"'{first}', {FONTS}")]


def _shorten(element: ET.Element) -> None:
    for key in ("d", "x", "y", "width", "height"):
        if key in element.attrib:
            text = re.sub(r"-?\d+\.\d+", _rounded, element.attrib[key])
            text = re.sub(r"\s+", " ", text).strip()
            element.set(key, re.sub(r" ?([A-Za-z]) ?", r"\1", text))
    if re.match(r"rotate\(-?0 ", element.get("transform", "")):
        del element.attrib["transform"]
    if element.tag == "image":
        element.set("href", "".join(element.get("href", "").split()))


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def escape(text: str) -> str:
    """Return text for use in HTML."""
    return html.escape(text)
