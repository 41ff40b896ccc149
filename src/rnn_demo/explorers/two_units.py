"""Explorer: what k transposed Jacobians make of the gradients of two units."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from rnn_demo._checks import integer
from rnn_demo._types import ActivationName, Floats
from rnn_demo.backprop import jacobian_product
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import change, power_of_ten
from rnn_demo.network import RNNParams, forward
from rnn_demo.norms import gradient_norms
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

RHOS = np.array([0.8, 0.95, 1.0, 1.2, 1.4])
ACTIVATIONS: tuple[ActivationName, ...] = ("tanh", "identity")
#: W for ρ(W) = 1. Its eigenvalues, 1 and 0.6, have different sizes, so that every
#: circle ends as a needle; it is not normal, so that lengths may rise before they fall.
UNIT_W = np.array([[1.0, 0.8], [0.0, 0.6]])
#: The gradient by the last state, ∂L_T/∂h_T, as a column of length 1.
LAST = np.array([0.8, -0.6])
#: Steps before the last ones that are looked at, in which h_0 is forgotten.
BEFORE = 40
#: Where the plane ends.
REACH = 2.4
#: The unit circle as four Bézier curves: what moves with it is 13 points.
CIRCLE = Path.arc(0, 360, 4)


def two_units(rho: float, steps: int = 12, seed: int = 0) -> tuple[RNNParams, Floats]:
    """Return a network of two units, and its input.

    Parameters
    ----------
    rho : float
        Spectral radius of W, which is a multiple of `UNIT_W`.
    steps : int
        Number of last steps that are looked at.
    seed : int
        Seed of the input.

    Returns
    -------
    params : RNNParams
    x : ndarray, shape (BEFORE + steps, 2)
        Independent standard normal inputs, of which each unit gets half of one.
    """
    zero = np.zeros(2)
    params = RNNParams(0.5 * np.eye(2), rho * UNIT_W, zero, [zero], [0])
    x = np.random.default_rng(seed).normal(size=(BEFORE + steps, 2))
    return params, x


def two_units_explorer(steps: int = 12, seed: int = 0) -> SliderFigure:
    """Return the figure of what (∂h_T/∂h_{T−k})ᵀ makes of the unit circle.

    Every gradient by h_T of length 1 lies on the circle, so every gradient by h_{T−k}
    lies on its image, an ellipse.  One of them is the arrow; its length stands beside.

    Parameters
    ----------
    steps : int
        Largest k, at least 1.
    seed : int
        Seed of the input.

    Returns
    -------
    SliderFigure
        Controls: k, the spectral radius ρ of W, and the activation.

    Raises
    ------
    ValueError
        If `steps` or the seed is out of range.
    """
    k_max, seed = integer(steps, "steps", 1), integer(seed, "seed", 0)
    lags = range(k_max + 1)
    pulls, norms = {}, {}
    for at in product(RHOS, ACTIVATIONS):
        (params, x), activation = two_units(at[0], k_max, seed), at[1]
        run, T = forward(params, x, activation=activation), len(x)
        backwards = (jacobian_product(params, run, T, T - k, activation) for k in lags)
        pulls[at] = np.array([J.T for J in backwards])
        carried = gradient_norms(params, x, activation=activation, final_gradient=LAST)
        norms[at] = carried[::-1][: k_max + 1]

    fig, (plane, ax) = plt.subplots(1, 2, figsize=(4.8, 2.8), width_ratios=(1.45, 1))
    plane.add_patch(PathPatch(CIRCLE, fill=False, ec=colors.MUTED, ls="--"))
    look = {"fc": (colors.BLUE, 0.15), "ec": colors.BLUE, "lw": 1.8, "gid": "image"}
    image = plane.add_patch(PathPatch(CIRCLE, **look))
    trail = line(plane, colors.VERMILION, style=".-", lw=0.8, ms=4, alpha=0.6)
    arrow = plane.quiver(
        0, 0, *LAST, color=colors.VERMILION, width=0.018, zorder=3,
        angles="xy", scale_units="xy", scale=1,
    )  # fmt: skip
    arrow.set_gid("gradient")
    ends = (-REACH, REACH)
    plane.set(aspect="equal", xlim=ends, ylim=ends, xlabel=_("unit 1"))
    plane.set(ylabel=_("unit 2"), title=_("the unit circle, $k$ steps back"))
    plane.set(xticks=range(-2, 3), yticks=range(-2, 3))
    curve = line(ax, colors.VERMILION, alpha=0.6, gid="lengths")
    dot = line(ax, colors.VERMILION, "", "o", ms=7, gid="length")
    log_axes(ax, k_max, (-4.3, 3.3), _("steps back $k$"), "")
    ax.set(xlim=(-0.6, k_max + 0.6), title=_(r"$\log_{10}$ of the length"))

    def update(k: int, rho: float, activation: ActivationName) -> None:
        at = rho, activation
        image.set_path(Path(CIRCLE.vertices @ pulls[at][k].T, CIRCLE.codes))
        tips = pulls[at] @ LAST
        trail.set_data(*tips.T)
        arrow.set_UVC(*tips[k])
        curve.set_data(lags, norms[at])
        dot.set_data([k], [norms[at][k]])

    def sentence(k: int, rho: float, activation: ActivationName) -> str:
        with np.errstate(divide="ignore"):
            sizes = np.log10(np.linalg.svd(pulls[rho, activation][k])[1])
        most, least = map(power_of_ten, sizes)
        changed = change(norms[rho, activation][k])
        return _(
            "ρ = {rho:.2f}, {activation}, {k} steps back: the gradient {change}. "
            "Gradients of length 1 now have lengths from {least} to {most}."
        ).format(
            rho=rho,
            activation=_(activation),
            k=k,
            change=changed,
            least=least,
            most=most,
        )

    alt = _(
        "Two pictures. On the left a plane with an axis for each unit, the unit circle "
        "dashed, and in blue what the Jacobians make of it: an ellipse that turns into "
        "a needle, which shrinks to a point or grows out of the picture. An arrow from "
        "the center to its edge is the gradient, and dots mark where each step takes "
        "it. On the right the logarithm of its length against the number of steps."
    )
    controls = {"k": lags, _("ρ(W)"): RHOS, _("activation"): options(ACTIVATIONS)}
    start = {"k": min(3, k_max), _("ρ(W)"): 1.0}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt, start=start)
