"""Explorer: saturating one unit makes the gradients of a nilpotent W explode."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import Floats
from rnn_demo.bounds import matrix_power_norms
from rnn_demo.counterexamples import saturated_network, saturation_threshold
from rnn_demo.explorers._axes import line, log_axes
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.network import get_activation
from rnn_demo.words import _
from slider_figure import SliderFigure, colors

#: Values of h*_2, and of the size a of W = a [[1, −1], [1, −1]].
H2 = np.round(np.arange(0.0, 0.991, 0.01), 2)
SIZES = np.array([0.8, 1.2, 1.6, 2.0, 2.4, 2.8])
#: Lower edge of the second panel, as log10; curves leave the panel there.
FLOOR = -12.0


def fixed_point_jacobian(a: float, h2: float) -> Floats:
    """Return diag(φ'(z*)) W at the fixed point h* = (0, h2), for W = a [[1, −1], …].

    Parameters
    ----------
    a, h2 : float
        As for `rnn_demo.counterexamples.saturated_network`.

    Returns
    -------
    ndarray, shape (2, 2)
    """
    params, h_star = saturated_network(a, h2)
    z_star = params.W @ h_star + params.b
    return get_activation("tanh").derivative(z_star)[:, None] * params.W


def saturation_explorer(steps: int = 40) -> SliderFigure:
    """Return the figure of the eigenvalue and of ‖∂h_k/∂h_0‖₂ at the fixed point.

    Parameters
    ----------
    steps : int
        Largest k, at least 1.

    Returns
    -------
    SliderFigure
        Controls: the state h₂ of the second unit at the fixed point, and a.

    Raises
    ------
    ValueError
        If `steps` is not an integer above 0.
    """
    steps = integer(steps, "steps", 1)
    k = np.arange(steps + 1)
    jacobians = {(h, a): fixed_point_jacobian(a, h) for h in H2 for a in SIZES}
    # J has rank 1: its eigenvalues are 0 and its trace.
    eigenvalue = {at: np.trace(J) for at, J in jacobians.items()}
    norms = {at: matrix_power_norms(J, steps) for at, J in jacobians.items()}

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 5.6))
    parabola = line(top, colors.BLUE, "$a\\,h_2^{*2}$")
    top.axhline(1, color=colors.FOREGROUND, lw=0.8, ls="--", label="1")
    marker = line(top, colors.VERMILION, _("your network"), "o", gid="eigenvalue")
    state = _(r"state $h^*_2$ of the second unit")
    # There is room for the marker at 0.
    top.set(xlim=(-0.02, 1), ylim=(-0.1, 2.9), xlabel=state, ylabel=_("eigenvalue"))
    top.legend(loc="upper left")
    jacobian = r"$\Vert∂h_k/∂h_0\Vert_2$, tanh"
    curve = line(bottom, colors.VERMILION, jacobian, gid="norm")
    # W² = 0: the same W without φ' sends everything to 0 in two steps.
    linear = line(bottom, colors.GREEN, r"$\Vert W^k\Vert_2$", ":")
    norm = _(r"$\log_{10}$ of the norm")
    log_axes(bottom, steps, (FLOOR, -FLOOR + 6), _("step $k$"), norm)
    bottom.legend(loc="upper left")

    def update(h2: float, a: float) -> None:
        parabola.set_data(H2, a * H2**2)
        marker.set_data([h2], [eigenvalue[h2, a]])
        curve.set_data(k, np.maximum(norms[h2, a], 2 * FLOOR))
        linear.set_data(k, np.maximum(norms[0.0, a], 2 * FLOOR))

    def sentence(h2: float, a: float) -> str:
        last = norms[h2, a][-1]
        size = _("exactly 0") if last == -np.inf else power_of_ten(last)
        limit = _("With this a the eigenvalue stays below 1.")
        if a > 1:
            limit = _("The eigenvalue passes 1 at h₂ = {threshold:.3f}.")
            limit = limit.format(threshold=saturation_threshold(a))
        return _(
            "ρ(W) = 0, eigenvalue {value:.2f}: over {steps} steps the norm of the "
            "Jacobian product is {size}. {limit}"
        ).format(value=eigenvalue[h2, a], steps=steps, size=size, limit=limit)

    alt = _(
        "Two charts. Above, the eigenvalue of the Jacobian against the state of the "
        "second unit: a parabola that rises from zero, with a dot for the chosen "
        "network and a dashed line at one. Below, the logarithm of the norm of the "
        "Jacobian product against the number of steps: a straight line that falls "
        "while the dot is below the dashed line and rises once it is above, and a "
        "dotted line that drops out of the chart after one step, the powers of W alone."
    )
    controls, start = {"h₂": H2, "a": SIZES}, {"h₂": 0.9, "a": 2.0}
    handles = [("h₂", lambda h2, a: (top, h2, eigenvalue[h2, a]))]
    return SliderFigure(
        fig, update, controls, sentences=sentence, alt=alt, start=start, handles=handles
    )
