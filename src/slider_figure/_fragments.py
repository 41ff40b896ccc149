"""What artists drew: matplotlib's SVG as text and integers.

A `Fragment` has the tags and names in one string, its skeleton, and beside it what
stands there: coordinates as integers, all other values as strings.
"""

import base64
import functools
import html
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from slider_figure.colors import FONTS, themed

UNITS = 1000  # integers per point, 1/72 inch
# What stands in a skeleton for a number, a string, and the commands of a path.
NUMBER, STRING, PATH = "\x01", "\x02", "\x03"
MARKS = re.compile(f"[{NUMBER}{STRING}{PATH}]")
ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}
# In front of every identifier, until the figure has a prefix of its own.
ID = "sf-id-"

TAG = re.compile(r"<(/?\w+)([^>]*?)(/?)>([^<]*)")
ATTRIBUTE = re.compile(r""" (?:xlink:)?([\w:-]+)=(?:"([^"]*)"|'([^']*)')""")
# Which attributes are coordinates, beside those of paths.
COORDINATES = {"use": ("x", "y"), "linearGradient": ("x1", "y1", "x2", "y2")}
# A triangle of Gouraud shading has a path of another style.
TRIANGLE = re.compile(r"M (\S+),(\S+) L (\S+),(\S+) (\S+),(\S+) Z")
# Definitions; gradients move with their triangles, and stay beside them.
DEFINED = re.compile(
    r"<defs>(?!\s*<linearGradient)(.*?)</defs>|(<filter.*?</filter>)", re.S
)
IDENTIFIED = re.compile(r'(?=<(?:path|clipPath|pattern|filter)\b[^>]*? id="([^"]+)")')
REFERENCE = re.compile(r"(?<=url\(#)|(?<=^#)(?![0-9a-f]{6}$)")


class Fragment(NamedTuple):
    """What one artist drew: a skeleton, and what stands at its marks."""

    skeleton: str
    strings: tuple[str, ...]
    numbers: bytes  # of int32, in units

    def text(self) -> str:
        """Return the SVG."""
        units = np.frombuffer(self.numbers, np.int32).tolist()
        # As JavaScript prints them.
        numbers = (f"{n / UNITS!r}".removesuffix(".0") for n in units)
        strings = iter(self.strings)

        def coordinates(command: re.Match[str]) -> str:
            letter, size, count = command[1], ARGUMENTS[command[1]], int(command[2])
            points = ([next(numbers) for _ in range(size)] for _ in range(count))
            return "".join(letter + " ".join(point) for point in points)

        def value(mark: re.Match[str]) -> str:
            if mark[0] == NUMBER:
                return next(numbers)
            if mark[0] == STRING:
                return html.escape(next(strings))
            return re.sub(r"([A-Za-z])(\d+)", coordinates, next(strings))

        return MARKS.sub(value, self.skeleton)


def read(svg: str, follow: bool, definitions: dict[str, str]) -> Fragment:
    """Return what SVG of matplotlib draws.

    Parameters
    ----------
    svg : str
    follow : bool
        Whether its colors follow a light or dark page.
    definitions : dict of str to str
        By identifier; what the SVG defines is added.
    """
    for found in DEFINED.finditer(svg):
        definitions |= _defined(found[1] or found[2], follow)
    return _fragment(DEFINED.sub("", svg), follow)


@functools.lru_cache(256)
def _defined(text: str, follow: bool) -> dict[str, str]:
    _, *parts = IDENTIFIED.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name: _fragment(part, follow).text() for name, part in pairs}


def _fragment(svg: str, follow: bool) -> Fragment:
    skeleton: list[str] = []
    strings: list[str] = []
    numbers: list[float] = []
    for tag, attributes, empty, text in TAG.findall(svg):
        skeleton.append(f"<{tag}")
        for name, value in _attributes(tag, attributes, follow):
            mark, words, coordinates = _marked(tag, name, value)
            skeleton.append(f' {name}="{mark}"')
            strings += words
            numbers += coordinates
        skeleton.append(f"></{tag}>" if empty else ">")
        if text.strip() and not empty:
            skeleton.append(STRING)
            strings.append(html.unescape(text))
    units = np.rint(np.array(numbers, dtype=float) * UNITS).astype(np.int32)
    return Fragment("".join(skeleton), tuple(strings), units.tobytes())


def _marked(tag: str, name: str, value: str) -> tuple[str, list[str], list[float]]:
    """Return the mark of an attribute, and the strings and numbers that stand there."""
    if name in COORDINATES.get(tag, ()):
        return NUMBER, [], [float(value)]
    if name == "d":
        d = TRIANGLE.sub(r"M\1 \2L\3 \4L\5 \6z", value)
        commands = re.sub(r"[^A-Za-z,]+", "", d)
        if set(commands) <= ARGUMENTS.keys():
            numbers = [*map(float, re.sub("[MLQCz]", " ", d).split())]
            if max(map(abs, numbers), default=0) * UNITS < 2**31:
                counts = re.sub(r"(.)\1*", lambda m: f"{m[1]}{len(m[0])}", commands)
                return PATH, [counts], numbers
    return STRING, [value], []


def _attributes(tag: str, text: str, follow: bool) -> Iterator[tuple[str, str]]:
    for name, double, single in ATTRIBUTE.findall(text):
        value = html.unescape(double or single)
        if name == "style":
            yield from _declared(tag, value, follow)
        elif name == "id":
            if tag != "image":
                yield name, ID + value
        elif value.startswith("data:"):
            yield name, small_png(value)
        else:
            if name == "fill" and follow:
                value = themed(tag, name, value)
            yield name, REFERENCE.sub(ID, value)


@functools.lru_cache(4096)
def _declared(tag: str, style: str, follow: bool) -> tuple[tuple[str, str], ...]:
    """Return the declarations of a style as attributes.

    They need no permission from a content security policy.
    """
    out = {}
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font-family":
            first = value.split(",")[0].strip(" '\"")
            # The whole picture has the usual one.
            value = "" if first == "DejaVu Sans" else f"'{first}', {FONTS}"
        elif name in ("fill", "stroke") and follow:
            value = themed(tag, name, value)
        if value:
            out[name] = REFERENCE.sub(ID, value)
    return tuple(out.items())


@functools.lru_cache(256)
def small_png(address: str) -> str:
    """Return the same pixels with a palette, where there are at most 256 colors."""
    stored = re.sub(r"\s", "", address.partition(",")[2])
    picture = Image.open(io.BytesIO(base64.b64decode(stored))).convert("RGBA")
    pixels = np.asarray(picture).view(np.uint32)[..., 0]
    colors, index = np.unique(pixels, return_inverse=True)
    if len(colors) <= 256:
        picture = Image.fromarray(index.reshape(pixels.shape).astype(np.uint8))
        picture.putpalette(colors.view(np.uint8).tobytes(), "RGBA")
        out = io.BytesIO()
        picture.save(out, "png", optimize=True)
        stored = min(stored, base64.b64encode(out.getvalue()).decode(), key=len)
    return f"data:image/png;base64,{stored}"
