"""The network unrolled over three steps, one gradient path lit at a time."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from rnn_demo._types import Floats
from rnn_demo.derivation import Factor, PathTerm, Quantity, path_terms
from rnn_demo.words import _
from slider_figure import SliderFigure
from slider_figure.colors import FOREGROUND, MUTED, VERMILION

__all__ = ["path_explorer"]

STEPS = 3
LEVELS = {"x": 0.0, "h": 1.0, "y": 2.0, "L": 3.0}
"""Height of each kind of node; the column is the step."""


def path_explorer() -> SliderFigure:
    """Return the unrolled graph with buttons that light the path of each term.

    The graph has no loop: every step has its own nodes, and the same W stands on
    each edge between hidden states. The buttons choose a summand of ∂L_3/∂W, or the
    one term of ∂L_3/∂V. The lit edges, their labels and the sentence all come from
    `rnn_demo.derivation.path_terms`, the data that the derivation typesets and checks.

    Returns
    -------
    SliderFigure
        One control, ``"path"``, with four values.
    """
    terms = {f"W: {term.path}": term for term in path_terms(STEPS, "W")}
    terms["V"] = path_terms(STEPS, "V")[0]

    figure, ax = plt.subplots(figsize=(4.8, 3.9), layout="constrained")
    _draw_graph(ax)
    factors = dict.fromkeys(f for term in terms.values() for f in term.factors)
    lit = {factor: _light(ax, factor) for factor in factors}

    def update(path: str) -> None:
        for factor, artists in lit.items():
            for artist in artists:
                artist.set_visible(factor in terms[path].factors)

    def sentence(path: str) -> str:
        return _sentence(terms[path])

    alt = _(
        "The network unrolled over three steps, without a loop: for each step an input "
        "x, a hidden state h, an output y and a loss L, one above the other; U, W and "
        "V are written on the edges. The path of the chosen term is lit from L₃ down "
        "to the place where the parameter enters."
    )
    controls = {_("path"): list(terms)}
    return SliderFigure(figure, update, controls, sentences=sentence, alt=alt)


def _place(quantity: Quantity) -> Floats:
    return np.array([float(quantity.step), LEVELS[quantity.name]])


def _entry(node: Quantity, parameter: str) -> Floats:
    """Return where the parameter is written on its edge into `node`."""
    return _place(node) + ((-0.5, -0.17) if parameter == "W" else (-0.14, -0.5))


def _arrow(ax: Axes, start: Floats, end: Floats, **style: Any) -> Artist:
    style |= {"arrowstyle": "-|>", "mutation_scale": 10, "shrinkA": 12, "shrinkB": 12}
    return ax.add_patch(FancyArrowPatch(tuple(start), tuple(end), **style))


def _draw_graph(ax: Axes) -> None:
    """Draw the nodes, the forward edges and the parameters on them."""
    nodes, edges = [Quantity("h", 0)], []
    for k in range(1, STEPS + 1):
        inputs, state, output, loss = column = [Quantity(name, k) for name in LEVELS]
        nodes += column
        edges += [(inputs, state, "U"), (Quantity("h", k - 1), state, "W")]
        edges += [(state, output, "V"), (output, loss, "")]
    for node in nodes:
        x, y = _place(node)
        ax.text(x, y, str(node), ha="center", va="center", color=FOREGROUND)
    for start, end, parameter in edges:
        _arrow(ax, _place(start), _place(end), color=MUTED, linewidth=1.0)
        x, y = _entry(end, parameter)
        ax.text(x, y, parameter, color=MUTED, ha="center", va="center")
    ax.set(xlim=(-0.3, STEPS + 0.75), ylim=(-0.3, 3.3))
    ax.axis("off")


def _light(ax: Axes, factor: Factor) -> list[Artist]:
    """Draw a factor: an edge walked backwards, or a ring around a parameter."""
    style: dict[str, Any] = {"color": VERMILION, "gid": "lit"}
    top, bottom = factor.numerator, factor.denominator
    if bottom.step is None:
        x, y = _entry(top, bottom.name)
        ring = ax.scatter(x, y, s=220, facecolors="none", edgecolors=VERMILION, lw=2)
        if bottom.name == "V":
            name = ax.text(x - 0.12, y, str(factor), ha="right", va="center", **style)
        else:
            name = ax.text(x, y - 0.2, str(factor), ha="center", va="top", **style)
        return [ring, name]
    # Beside the forward edge, so that its arrow head does not show through.
    along_time = top.name == bottom.name
    aside = (0.0, 0.07) if along_time else (0.06, 0.0)
    start, end = _place(top) + aside, _place(bottom) + aside
    arrow = _arrow(ax, start, end, linewidth=2.5, zorder=3, **style)
    x, y = (start + end) / 2
    if along_time:
        name = ax.text(x, y + 0.1, str(factor), ha="center", **style)
    else:
        name = ax.text(x + 0.07, y, str(factor), va="center", **style)
    return [arrow, name]


def _sentence(term: PathTerm) -> str:
    product = " · ".join(map(str, term.factors))
    parameter = term.factors[-1].denominator
    if parameter.name == "V":
        return _(
            "∂L₃/∂V has this one term: {product}. It never enters the recurrence."
        ).format(product=product)
    number = (_("no Jacobian"), _("one Jacobian"), _("two Jacobians"))[len(term.chain)]
    return _(
        "Path {path} of ∂L₃/∂{parameter}: {product}, with {number} between hidden "
        "states."
    ).format(path=term.path, parameter=parameter, product=product, number=number)
