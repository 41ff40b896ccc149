"""What matplotlib draws, artist by artist.

matplotlib's own SVG renderer draws.  What it writes is cut where a group begins or
ends, which every artist opens around itself: a figure at one position of its controls
is a list of fragments in the order of drawing.
"""

import functools
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.cbook import _setattr_cm
from matplotlib.figure import Figure, SubFigure
from matplotlib.legend import Legend
from matplotlib.textpath import text_to_path

from slider_figure._fragments import Fragment, read

# matplotlib's settings while figures are drawn.
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.image_inline": True,
    "svg.hashsalt": "",
    "savefig.bbox": "standard",
}
# A stroke that ends farther away, in points, is cut at the edge of the figure.
FAR = re.compile(r"(?<![.\d])\d{6}")


class Renderer(RendererSVG):
    """matplotlib's renderer, with fragments in place of a file."""

    def __init__(self, width: float, height: float, image_dpi: float) -> None:
        self._file = io.StringIO()
        super().__init__(width, height, self._file, "", image_dpi)
        # It remembers formulas that it has set: a new one for each renderer would not.
        self._text2path = text_to_path
        self._file.truncate(0)  # the head of a file
        self.fragments: dict[str, Fragment] = {}
        self.definitions: dict[str, str] = {}
        # The open groups: their names, what was opened in each, and whose they are.
        self._groups: list[tuple[str, Counter[str], str]] = [("", Counter(), "")]

    # -- whose fragment

    def cut(self, follow: bool = True) -> None:
        """End a fragment; `follow` says whether its colors follow the page."""
        if written := self._file.getvalue():
            self._file.seek(0)
            self._file.truncate()
            fragment = read(written, follow, self.definitions)
            if fragment.skeleton:
                name, seen, gid = self._groups[-1]
                seen[""] += 1
                self.fragments[f"{name}#{seen['']}#{gid}"] = fragment

    def enter(self, name: str, gid: str = "") -> None:
        """Begin a group."""
        self.cut()
        self._groups.append((name, Counter(), gid))

    def open_group(self, s: str, gid: str | None = None) -> None:
        name, seen, outer = self._groups[-1]
        seen[s] += 1
        self.enter(f"{name}/{s}{seen[s]}", gid or outer)

    def close_group(self, s: str) -> None:
        self.cut()
        self._groups.pop()

    # -- identifiers depend on what they stand for, and on nothing drawn before

    def _get_clippath_id(self, clippath: Any) -> Any:
        codes = b"" if clippath.codes is None else clippath.codes.tobytes()
        return self._make_id("", clippath.vertices.tobytes() + codes)

    def draw_gouraud_triangles(self, *args: Any) -> None:
        self._has_gouraud = False  # or its filters are those of the first artist
        self._n_gradients = int(self._make_id("", self._groups[-1][0]), 16) << 16
        super().draw_gouraud_triangles(*args)

    def draw_path_collection(self, *args: Any, **kw: Any) -> None:
        self._path_collection_id = 0
        self.cut()
        super().draw_path_collection(*args, **kw)
        # The colors of a map mean numbers, and stay as they are in a dark page.
        self.cut(follow=len(args[6]) <= 1)

    # -- strokes keep their number of points, wherever they can

    def draw_path(self, gc: Any, *args: Any, **kw: Any) -> None:
        self._dashed = gc.get_dashes()[1] is not None
        super().draw_path(gc, *args, **kw)

    def _convert_path(
        self, path: Any, transform: Any = None, clip: Any = None, *args: Any, **kw: Any
    ) -> str:
        d: str = super()._convert_path(path, transform, None, *args, **kw)
        # Dashes begin where the stroke does, and thinning goes on from there.
        if clip and (kw.get("simplify") or self._dashed or FAR.search(d)):
            d = super()._convert_path(path, transform, clip, *args, **kw)
        return d

    def option_image_nocomposite(self) -> bool:
        return True


class FigureCanvas(FigureCanvasSVG):
    """What ``savefig(out, backend="module://slider_figure._recorder")`` looks for."""

    def print_svg(self, filename: Any, **options: Any) -> None:
        """Draw with a `Renderer`, and append it to the list `filename`."""
        figure = self.figure
        dpi, (width, height) = figure.dpi, figure.get_size_inches()
        figure.dpi = 72  # savefig puts it back
        drawn = Renderer(width * 72, height * 72, dpi)
        figure.draw(MixedModeRenderer(figure, width, height, dpi, drawn))  # type: ignore[arg-type]
        drawn._write_clips()
        drawn._write_hatches()
        drawn.cut()
        filename.append(drawn)


def whole(figure: Figure) -> Renderer:
    """Save a figure, and return the renderer with its fragments."""
    out: list[Renderer] = []
    with mpl.rc_context(SETTINGS), ExitStack() as undo:
        _own_pixels(figure, undo)
        figure.savefig(out, format="svg", backend="module://slider_figure._recorder")  # type: ignore[arg-type]
    return out[0]


def _own_pixels(figure: Figure, undo: ExitStack) -> None:
    """Let images that show each of their pixels as a square be stored as they are.

    matplotlib would resample them to the dots of the figure.
    """
    least = {"nearest": 1, "auto": 3, "antialiased": 3}
    for image in [image for axes in figure.axes for image in axes.images]:
        dots = np.abs(image.get_window_extent().size) / image.get_size()[::-1]
        if dots.min() >= least.get(image.get_interpolation(), np.inf):
            # The setter would say that the image has changed.
            undo.enter_context(_setattr_cm(image, _interpolation="none", _imcache=None))


class Repeater:
    """Draws a figure again and again, and only what changed; within `SETTINGS`.

    matplotlib marks an artist that changed as stale, nearly always.  What is not stale
    is not drawn again, but at a few positions everything is: an artist that was found
    to have changed silently is drawn every time from then on.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Attributes
    ----------
    silent : set of matplotlib.artist.Artist
        Those that were found to have changed silently.
    """

    def __init__(self, figure: Figure) -> None:
        self.silent: set[Artist] = set()
        # What artists depended on, their parts, and what they drew; sizes of axes.
        self._kept: dict[Artist, tuple[Any, list[Artist], dict[str, Fragment]]] = {}
        self._boxes: dict[Axis, Any] = {}
        self._definitions: dict[str, str] = {}
        for axes in figure.axes:
            for axis in axes._axis_map.values():
                axis._set_lim = functools.partial(_set_limits, axis)  # type: ignore[attr-defined]

    def draw(self, figure: Figure, everything: bool) -> Renderer:
        """Draw the figure as it is now."""
        counts: Counter[str] = Counter()
        out: list[Renderer] = []
        self._everything, self._place = everything, functools.cache(_place)
        with ExitStack() as undo:
            _own_pixels(figure, undo)
            for artist, parent in _artists(figure):
                # Its kind, the how manyth, whether as pixels.
                counts[kind := type(artist).__name__] += 1
                name = f"{kind}{counts[kind]}{'*' if artist.get_rasterized() else ''}"
                draw = functools.partial(self._draw, artist, parent, name, artist.draw)
                undo.enter_context(_setattr_cm(artist, draw=draw))
                if isinstance(artist, Axis):
                    if everything or not self._stays(artist, parent, name):
                        self._boxes.pop(artist, None)
                    size = functools.partial(self._size, artist, artist.get_tightbbox)
                    undo.enter_context(_setattr_cm(artist, get_tightbbox=size))
            self._place = functools.cache(_place)  # drawing may move a fixed aspect
            undo.callback(figure.set_canvas, figure.canvas)
            undo.callback(figure._set_dpi, figure.dpi, forward=False)  # type: ignore[attr-defined]
            FigureCanvas(figure).print_svg(out)
        # What is not drawn again refers to what was defined when it was.
        self._definitions = out[0].definitions = self._definitions | out[0].definitions
        return out[0]

    def _draw(
        self, artist: Artist, parent: Any, name: str, draw: Any, renderer: Any
    ) -> None:
        """Draw an artist in pieces of its own, or take those that it drew before."""
        to = getattr(renderer, "_vector_renderer", None)
        if not isinstance(to, Renderer) or renderer._raster_depth:
            draw(renderer)
            return
        _end_pixels(renderer)
        stays = self._stays(artist, parent, name)
        if stays and not self._everything:
            to.cut()
            to.fragments |= self._kept[artist][2]
            return
        to.enter(name)
        before = len(to.fragments)
        draw(renderer)
        _end_pixels(renderer)
        to.close_group("")
        parts = artist.findobj()
        for part in parts:
            part.stale = False  # some artists leave it set
        drawn = dict([*to.fragments.items()][before:])
        if stays and drawn != self._kept[artist][2]:
            self.silent.add(artist)
        self._kept[artist] = (name, self._place(parent)), parts, drawn

    def _stays(self, artist: Artist, parent: Any, name: str) -> bool:
        """Return whether an artist is known to be as it was when it was drawn."""
        at, parts, _ = self._kept.get(artist, (None, [], {}))
        known = artist not in self.silent and at == (name, self._place(parent))
        return known and not any(part.stale for part in parts)

    def _size(self, axis: Axis, measure: Any, *args: Any, **options: Any) -> Any:
        """Measure an axis once until it changes; titles ask every time."""
        if axis not in self._boxes:
            self._boxes[axis] = measure(*args, **options)
        return self._boxes[axis]


def _place(axes: Any) -> Any:
    """Return what all artists of some axes depend on; those of a figure do not."""
    if not isinstance(axes, Axes):
        return None
    if axes.name != "rectilinear":
        return object()  # that is not known, and never the same
    numbers = *axes.viewLim.extents, *axes._position.extents  # type: ignore[attr-defined]
    return axes.get_xscale(), axes.get_yscale(), *numbers


def _set_limits(axis: Any, *limits: Any, **options: Any) -> Any:
    """Set the limits of an axis, which does not become stale if they are the same."""
    before, stale = [*axis.get_view_interval()], axis.stale
    out = type(axis)._set_lim(axis, *limits, **options)
    if [*axis.get_view_interval()] == before:
        axis.stale = stale
    return out


def _end_pixels(renderer: Any) -> None:
    """Write what was rasterized; matplotlib waits for what could join it."""
    if renderer._rasterizing:
        renderer.stop_rasterizing()
        renderer._rasterizing = False


def _artists(parent: Any) -> Iterator[tuple[Artist, Any]]:
    """Yield what is drawn in one piece, with the axes or figure that it belongs to."""
    for child in parent.get_children():
        if isinstance(child, Axes | SubFigure):
            yield from _artists(child)
        # A legend that seeks its place depends on all that is drawn.
        elif not (isinstance(child, Legend) and getattr(child, "_loc", 0) == 0):
            yield child, parent
