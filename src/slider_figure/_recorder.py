"""What matplotlib draws, artist by artist, as text and integers.

matplotlib's own SVG renderer draws; only the writer behind it is another one.  What is
written between the beginning and the end of a group, which every artist opens around
itself, becomes a `Fragment`: the tags and names in one string, and beside it the values
of the attributes, with coordinates as integers.  A figure at one position of its
controls is then a list of fragments in the order of drawing.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from PIL import Image

from slider_figure.colors import FONTS, themed

UNITS = 1000  # integers per point, 1/72 inch
# A stroke that ends farther away, in points, is cut at the edge of the figure.
FAR = 1e5
# What stands in a skeleton for a number, a string, and the commands of a path.
NUMBER, STRING, PATH = "\x01", "\x02", "\x03"
MARKS = re.compile(f"[{NUMBER}{STRING}{PATH}]")
ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}
GRADIENT = "linearGradient"
# Which attributes are coordinates, beside those of paths.
COORDINATES = {"use": ("x", "y"), GRADIENT: ("x1", "y1", "x2", "y2")}
TRIANGLE = re.compile(r"M (\S+),(\S+) L (\S+),(\S+) (\S+),(\S+) Z")
# In front of every identifier, until the figure has a prefix of its own.
ID = "sf-id-"

# matplotlib's settings while figures are drawn.
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.image_inline": True,
    "savefig.bbox": "standard",
}


class Fragment(NamedTuple):
    """What one artist drew: a skeleton, and what stands at its marks."""

    skeleton: str
    strings: tuple[str, ...]
    numbers: bytes  # of int32, in units

    def text(self) -> str:
        """Return the SVG."""
        numbers = iter(np.frombuffer(self.numbers, np.int32).tolist())
        strings = iter(self.strings)

        def value(mark: re.Match[str]) -> str:
            if mark[0] == NUMBER:
                return decimal(next(numbers))
            string = next(strings)
            if mark[0] == STRING:
                return html.escape(string)
            return "".join(
                letter
                + " ".join(decimal(next(numbers)) for _ in range(ARGUMENTS[letter]))
                for letter, count in re.findall(r"([A-Za-z])(\d+)", string)
                for _ in range(int(count))
            )

        return MARKS.sub(value, self.skeleton)


def decimal(units: int) -> str:
    """Return a stored integer as JavaScript prints ``units / 1000``."""
    return f"{units / UNITS!r}".removesuffix(".0")


class _Builder:
    """A fragment that is being written."""

    def __init__(self) -> None:
        self.skeleton: list[str] = []
        self.strings: list[str] = []
        self.numbers: list[Any] = []

    def fragment(self) -> Fragment:
        units = np.rint(np.array(self.numbers, dtype=float) * UNITS)
        return Fragment(
            "".join(self.skeleton),
            tuple(self.strings),
            units.astype(np.int32).tobytes(),
        )


class _Writer:
    """Takes the place of matplotlib's XML writer."""

    def __init__(self) -> None:
        self.now = _Builder()
        self.definitions: dict[str, str] = {}
        self.follows_theme = True
        self._tags: list[str] = []
        # Where the definition that is being written began, its identifier, and what
        # was written before it.
        self._definition: tuple[int, str, _Builder] | None = None

    def take(self) -> Fragment | None:
        """Return what was written since the last call, if anything was."""
        if not self.now.skeleton:
            return None
        fragment, self.now = self.now.fragment(), _Builder()
        return fragment

    def start(
        self, tag: str, attrib: dict[str, str] | None = None, **extra: str
    ) -> int:
        self._tags.append(tag)
        if tag == "defs":
            return len(self._tags) - 1
        given = {**(attrib or {}), **extra}
        defines = self._tags[-2:-1] == ["defs"] or tag == "filter"
        # Gradients move with their triangles, and stay beside them.
        if defines and tag != GRADIENT and self._definition is None:
            self._definition = len(self._tags), given["id"], self.now
            self.now = _Builder()
        self.now.skeleton.append(f"<{tag}")
        for name, value in _attributes(tag, given, self.follows_theme):
            self._attribute(tag, name, value)
        self.now.skeleton.append(">")
        return len(self._tags) - 1

    def _attribute(self, tag: str, name: str, value: str) -> None:
        now, mark = self.now, STRING
        if name == "id" and self._definition is None and tag != GRADIENT:
            return
        if name in COORDINATES.get(tag, ()):
            mark = NUMBER
            now.numbers.append(float(value))
        elif name == "d" and (found := _path(value)):
            mark = PATH
            now.strings.append(found[0])
            now.numbers += found[1]
        else:
            now.strings.append(value)
        now.skeleton.append(f' {name}="{mark}"')

    def end(self, tag: str | None = None, indent: bool = True) -> None:
        closed = self._tags.pop()
        if closed == "defs":
            return
        self.now.skeleton.append(f"</{closed}>")
        if self._definition and self._definition[0] == len(self._tags) + 1:
            _, name, before = self._definition
            self.definitions[name] = self.now.fragment().text()
            self._definition, self.now = None, before

    def close(self, number: int) -> None:
        while len(self._tags) > number:
            self.end()

    def data(self, text: str) -> None:
        self.now.skeleton.append(STRING)
        self.now.strings.append(text)

    def element(
        self,
        tag: str,
        text: str | None = None,
        attrib: dict[str, str] | None = None,
        **extra: str,
    ) -> None:
        self.start(tag, attrib, **extra)
        if text:
            self.data(text)
        self.end()

    def comment(self, comment: str) -> None:
        """Leave comments out."""

    def flush(self) -> None:
        """Do nothing: there is no file."""


def _path(d: str) -> tuple[str, list[float]] | None:
    """Return the commands of a path and its coordinates, unless they are too large."""
    d = TRIANGLE.sub(r"M\1 \2L\3 \4L\5 \6z", d)
    commands = re.sub(r"[^A-Za-z,]+", "", d)
    if not set(commands) <= ARGUMENTS.keys():
        return None
    numbers = [*map(float, re.sub("[MLQCz]", " ", d).split())]
    if max(map(abs, numbers), default=0) * UNITS >= 2**31:
        return None
    runs = re.sub(r"(.)\1*", lambda m: f"{m[1]}{len(m[0])}", commands)
    return runs, numbers


@functools.lru_cache(4096)
def _declared(tag: str, style: str, follow: bool) -> tuple[tuple[str, str], ...]:
    """Return the declarations of a style as attributes.

    They need no permission from a content security policy.
    """
    out = []
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            # The shorthand of older matplotlib: [style] [weight] SIZE FAMILIES.
            found = re.fullmatch(r"(.*?)([\d.]+px) (.*)", value)
            before, size, value = found.groups()  # type: ignore[union-attr]
            out.append(("font-size", size))
            for word in before.split():
                kind = "style" if word in ("italic", "oblique") else "weight"
                out.append((f"font-{kind}", word))
            name = "font-family"
        if name == "font-family":
            first = value.split(",")[0].strip(" '\"")
            if first == "DejaVu Sans":  # the whole picture has it
                continue
            value = f"'{first}', {FONTS}"
        if name in ("fill", "stroke") and follow:
            value = themed(tag, name, value)
        if name:
            out.append((name, value))
    return tuple(out)


def _attributes(
    tag: str, given: dict[str, str], follow: bool
) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if not value:
            continue
        if name == "style":
            yield from ((k, _own(v)) for k, v in _declared(tag, value, follow))
        elif name == "id":
            yield name, ID + value
        elif value.startswith("data:"):
            yield name.removeprefix("xlink:"), small_png(value)
        elif name == "fill" and follow:
            yield name, _own(themed(tag, name, value))
        else:
            yield name.removeprefix("xlink:"), _own(value)


def _own(value: str) -> str:
    """Let a reference lead to an identifier of this figure."""
    if value.startswith("#") and value[1:] and not re.fullmatch("#[0-9a-f]{6}", value):
        return f"#{ID}{value[1:]}"
    return value.replace("url(#", f"url(#{ID}")


@functools.lru_cache(256)
def small_png(address: str) -> str:
    """Return the same pixels with a palette, where there are at most 256 colors."""
    stored = re.sub(r"\s", "", address.partition(",")[2])
    pixels = np.asarray(
        Image.open(io.BytesIO(base64.b64decode(stored))).convert("RGBA")
    )
    colors, index = np.unique(
        np.ascontiguousarray(pixels).view(np.uint32), return_inverse=True
    )
    if len(colors) <= 256:
        picture = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8), "P")
        rgba = colors.view(np.uint8).reshape(-1, 4)
        picture.putpalette(rgba[:, :3].tobytes())
        opaque = bool((rgba[:, 3] == 255).all())
        out = io.BytesIO()
        alpha = {} if opaque else {"transparency": rgba[:, 3].tobytes()}
        picture.save(out, "png", optimize=True, **alpha)
        stored = min(stored, base64.b64encode(out.getvalue()).decode(), key=len)
    return f"data:image/png;base64,{stored}"


class Renderer(RendererSVG):
    """matplotlib's renderer, with fragments in place of a file."""

    def __init__(self, width: float, height: float, image_dpi: float) -> None:
        super().__init__(width, height, io.StringIO(), "", image_dpi)
        self.written = _Writer()
        self.writer = self.written  # type: ignore[assignment]
        self.fragments: dict[str, Fragment] = {}
        self.gids: dict[str, str] = {}
        self._groups: list[tuple[str, Counter[str]]] = [("", Counter())]
        self._dashed = False

    # -- whose fragment

    def cut(self) -> None:
        """End a fragment."""
        if (fragment := self.written.take()) is not None:
            name, seen = self._groups[-1]
            seen[""] += 1
            self.fragments[f"{name}#{seen['']}"] = fragment

    def enter(self, name: str) -> None:
        """Begin a group."""
        self.cut()
        self._groups.append((name, Counter()))

    def open_group(self, s: str, gid: str | None = None) -> None:
        name, seen = self._groups[-1]
        seen[s] += 1
        self.enter(f"{name}/{s}{seen[s]}")
        if gid:
            self.gids[self._groups[-1][0]] = gid

    def close_group(self, s: str) -> None:
        self.cut()
        self._groups.pop()

    def finalize(self) -> None:
        self.cut()
        self._write_clips()
        self._write_hatches()

    def gid(self, key: str) -> str:
        """Return the gid of the artist that drew a fragment, or an empty string."""
        parts = key.partition("#")[0].split("/")
        names = ("/".join(parts[: k + 1]) for k in reversed(range(len(parts))))
        return next((self.gids[name] for name in names if name in self.gids), "")

    # -- identifiers depend on what they stand for, and on nothing drawn before

    def _make_id(self, type: str, content: Any) -> str:
        return type + hashlib.sha256(str(content).encode()).hexdigest()[:10]

    def _get_clippath_id(self, clippath: Any) -> str:
        codes = b"" if clippath.codes is None else clippath.codes.tobytes()
        return self._make_id("", clippath.vertices.tobytes() + codes)

    def draw_gouraud_triangles(self, *args: Any) -> None:
        self._has_gouraud = False  # or its filters are those of the first artist
        self._n_gradients = int(self._make_id("", self._groups[-1][0]), 16) << 16
        super().draw_gouraud_triangles(*args)

    def draw_path_collection(self, *args: Any, **kw: Any) -> None:
        self._path_collection_id = 0
        # The colors of a map mean numbers, and stay as they are in a dark page.
        facecolors = args[6]
        self.written.follows_theme = len(facecolors) <= 1
        super().draw_path_collection(*args, **kw)
        self.written.follows_theme = True

    # -- strokes keep their number of points, wherever they can

    def draw_path(
        self, gc: Any, path: Any, transform: Any, rgbFace: Any = None
    ) -> None:
        self._dashed = gc.get_dashes()[1] is not None
        super().draw_path(gc, path, transform, rgbFace)

    def _convert_path(
        self,
        path: Any,
        transform: Any = None,
        clip: Any = None,
        simplify: Any = None,
        sketch: Any = None,
    ) -> str:
        whole: str = super()._convert_path(path, transform, None, simplify, sketch)
        # Dashes begin where the stroke does, and thinning goes on from there.
        if clip and (simplify or self._dashed or re.search(r"(?<![.\d])\d{6}", whole)):
            return str(super()._convert_path(path, transform, clip, simplify, sketch))
        return whole

    def option_image_nocomposite(self) -> bool:
        return True


class FigureCanvas(FigureCanvasSVG):
    """What ``savefig(out, backend="module://slider_figure._recorder")`` looks for."""

    def print_svg(
        self, filename: Any, *, bbox_inches_restore: Any = None, **options: Any
    ) -> None:
        """Draw with a `Renderer`, and append it to the list `filename`."""
        figure = self.figure
        dpi, (width, height) = figure.dpi, figure.get_size_inches()
        figure.dpi = 72  # savefig puts it back
        drawn = Renderer(width * 72, height * 72, dpi)
        mixed = MixedModeRenderer(
            figure, width, height, dpi, drawn, bbox_inches_restore=bbox_inches_restore
        )
        figure.draw(mixed)  # type: ignore[arg-type]
        mixed.finalize()
        filename.append(drawn)


def whole(figure: Figure) -> Renderer:
    """Save a figure, and return the renderer with its fragments."""
    out: list[Renderer] = []
    with mpl.rc_context(SETTINGS), _own_pixels(figure):
        figure.savefig(out, format="svg", backend="module://slider_figure._recorder")  # type: ignore[arg-type]
    return out[0]


@contextmanager
def _own_pixels(figure: Figure) -> Iterator[None]:
    """Let images that show each of their pixels as a square be stored as they are.

    matplotlib would resample them to the dots of the figure.
    """
    with ExitStack() as undo:
        images = (i for axes in figure.axes for i in axes.images)
        for image in images:
            if not isinstance(image, AxesImage):
                continue
            rows, columns = image.get_size()
            box = image.get_window_extent()
            scale = min(abs(box.width) / columns, abs(box.height) / rows)
            least = {"nearest": 1, "auto": 3, "antialiased": 3}
            if scale >= least.get(image.get_interpolation(), np.inf):
                # Their setter would say that the image has changed.
                undo.callback(setattr, image, "_interpolation", image._interpolation)  # type: ignore[attr-defined]
                undo.callback(setattr, image, "_imcache", None)
                image._interpolation = "none"  # type: ignore[attr-defined]
        yield


class _Kept(NamedTuple):
    """What an artist drew, and what else that depended on."""

    fragments: dict[str, Fragment]
    gids: dict[str, str]
    geometry: Any
    parts: list[Artist]


class Repeater:
    """Draws a figure again and again, and only what changed; within `SETTINGS`.

    matplotlib marks an artist that changed as stale, nearly always.  What is not stale
    is not drawn again, but at a few positions everything is: an artist that was found
    to have changed silently is drawn every time from then on, and `silent` tells.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.silent: set[Artist] = set()
        self._kept: dict[Artist, _Kept] = {}
        self._names: dict[Artist, str] = {}
        self._definitions: dict[str, str] = {}
        self._everything, self._mistaken = True, False
        self._geometry: dict[Axes | None, Any] = {}

    def draw(self, everything: bool = False) -> Renderer:
        """Draw the figure as it is now."""
        self._everything = everything
        out: list[Renderer] = []
        with ExitStack() as undo:
            undo.enter_context(_own_pixels(self.figure))
            artists = [*_artists(self.figure, None)]
            self._name([artist for _, artist in artists])
            for axes, artist in artists:
                artist.draw = self._repeating(artist, axes)  # type: ignore[method-assign]
                undo.callback(vars(artist).pop, "draw")
            for axes in self.figure.axes:
                if not everything and self._titles_stay(axes):
                    # It costs more than all the rest.
                    axes._update_title_position = lambda renderer: None  # type: ignore[attr-defined]
                    undo.callback(vars(axes).pop, "_update_title_position")
            undo.callback(self.figure.set_canvas, self.figure.canvas)
            undo.callback(self.figure._set_dpi, self.figure.dpi, forward=False)  # type: ignore[attr-defined]
            self._geometry.clear()
            FigureCanvas(self.figure).print_svg(out)
        # What is not drawn again refers to what was defined when it was.
        self._definitions |= out[0].written.definitions
        out[0].written.definitions = self._definitions.copy()
        return out[0]

    def _name(self, artists: Sequence[Artist]) -> None:
        """Give every artist a name; a new one may have that of one that is gone."""
        self._names = {a: self._names[a] for a in artists if a in self._names}
        taken = {*self._names.values()}
        counts: Counter[str] = Counter()
        for artist in artists:
            kind = type(artist).__name__
            while artist not in self._names:
                counts[kind] += 1
                if (name := f"{kind}{counts[kind]}") not in taken:
                    self._names[artist] = name

    def mistaken(self) -> bool:
        """Return whether an artist was found to have changed silently; start anew."""
        found, self._mistaken = self._mistaken, False
        self._kept.clear()
        return found

    def _repeating(self, artist: Artist, axes: Axes | None) -> Callable[..., None]:
        draw = artist.draw
        name = self._names[artist]

        @allow_rasterization
        def repeated(artist: Artist, renderer: Any) -> None:
            to = getattr(renderer, "_vector_renderer", None)
            if not isinstance(to, Renderer) or renderer._renderer is not to:
                draw(renderer)
                return
            kept = self._kept.get(artist)
            if kept and self._as_before(artist, kept, axes):
                if not self._everything:
                    to.cut()
                    to.fragments |= kept.fragments
                    to.gids |= kept.gids
                    return
            else:
                kept = None
            to.enter(name)
            before, gids = len(to.fragments), len(to.gids)
            draw(renderer)
            to.close_group(name)
            fragments = dict([*to.fragments.items()][before:])
            if kept and kept.fragments != fragments:
                self.silent.add(artist)
                self._mistaken = True
            parts = artist.findobj()
            for part in parts:
                part.stale = False  # some artists leave it set
            self._kept[artist] = _Kept(
                fragments, dict([*to.gids.items()][gids:]), self._place(axes), parts
            )

        return functools.partial(repeated, artist)

    def _as_before(self, artist: Artist, kept: _Kept, axes: Axes | None) -> bool:
        return (
            artist not in self.silent
            and not any(part.stale for part in kept.parts)
            and kept.geometry == self._place(axes) is not None
        )

    def _titles_stay(self, axes: Axes) -> bool:
        near = [axes.title, axes._left_title, axes._right_title, axes.xaxis, axes.yaxis]  # type: ignore[attr-defined]
        kept = [self._kept.get(artist) for artist in near]
        return not axes.child_axes and all(
            k and self._as_before(artist, k, axes)
            for artist, k in zip(near, kept, strict=True)
        )

    def _place(self, axes: Axes | None) -> Any:
        """Return what all artists of some axes depend on; None if that is not known."""
        if axes not in self._geometry:
            place: Any = (*self.figure.bbox.extents,)
            if axes is not None:
                scales = axes.get_xscale(), axes.get_yscale()
                numbers = (*axes.viewLim.extents, *axes.bbox.extents)
                place = (*scales, *numbers) if axes.name == "rectilinear" else None
            self._geometry[axes] = place
        return self._geometry[axes]


def _artists(parent: Any, axes: Axes | None) -> Iterable[tuple[Axes | None, Artist]]:
    """Yield what is drawn in one piece, with the axes that it belongs to."""
    for child in parent.get_children():
        if isinstance(child, Axes):
            yield from _artists(child, child)
        elif isinstance(child, SubFigure):
            yield from _artists(child, None)
        # A legend that seeks its place depends on all that is drawn.
        elif not (isinstance(child, Legend) and getattr(child, "_loc", 0) == 0):
            yield axes, child
