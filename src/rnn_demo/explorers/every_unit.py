"""Explorer: the gradient of every unit at every step, as a heat map."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._scaled import times_slope, unit
from rnn_demo._types import ActivationName, Floats
from rnn_demo.explorers._words import power_of_ten
from rnn_demo.explorers.example import network
from rnn_demo.matrices import scale_to_spectral_radius
from rnn_demo.network import RNNParams, get_activation, hidden_states, inputs
from rnn_demo.words import _, options
from slider_figure import SliderFigure

RHOS = np.array([0.8, 0.95, 1.0, 1.2, 1.4, 1.6, 2.0])
ACTIVATIONS: tuple[ActivationName, ...] = ("tanh", "identity")
#: Decades to both sides of the last gradient's usual entry; each has one color.
DECADES = 10


def log_entries(
    params: RNNParams, x: Floats, last: Floats, activation: ActivationName = "tanh"
) -> Floats:
    """Return log10 of the sizes of ∂L_T/∂h_{k,i}, for all steps k and units i.

    Parameters
    ----------
    params : RNNParams
    x : ndarray, shape (T, m)
    last : ndarray, shape (n,)
        ∂L_T/∂h_T as a column.
    activation : {"tanh", "logistic", "relu", "identity"}

    Returns
    -------
    ndarray, shape (T, n)
        −inf for an entry that is exactly 0.
    """
    phi = get_activation(activation)
    z, __ = hidden_states(params, *inputs(params, x, None), phi, needed=False)
    (W, log_size), g, log_scale = unit(params.W), last, 0.0
    entries = []
    with np.errstate(divide="ignore"):
        for z_k in z[::-1]:
            size = np.abs(g).max() or 1.0
            g, log_scale = g / size, log_scale + np.log10(size)
            entries.append(np.log10(np.abs(g)) + log_scale)
            dz, shift = times_slope(phi, z_k, g, -1)
            g, log_scale = dz @ W, log_scale + log_size + np.sum(shift)
    return np.array(entries[::-1])


def every_unit_explorer(n: int = 64, steps: int = 100, seed: int = 0) -> SliderFigure:
    """Return the heat map of the sizes of ∂L_T/∂h_{k,i} over steps k and units i.

    Parameters
    ----------
    n, steps, seed
        As in `rnn_demo.explorers.example.network`; the input is strong.

    Returns
    -------
    SliderFigure

    Raises
    ------
    ValueError
        If a size or the seed is out of range.
    """
    params, x, last = network(n, steps, seed)
    entries = {}
    for rho, activation in product(RHOS, ACTIVATIONS):
        scaled = params.replace(W=scale_to_spectral_radius(params.W, rho))
        entries[rho, activation] = log_entries(scaled, x, last, activation)

    fig, ax = plt.subplots(figsize=(4.8, 3.6))
    bands = plt.get_cmap("RdBu_r", 2 * DECADES + 1)
    where = (0.5, len(x) + 0.5, 0.5, n + 0.5)
    image = ax.imshow(np.zeros((n, len(x))), bands, origin="lower", extent=where)
    usual, half = -np.log10(n) / 2, DECADES + 0.5
    image.set_clim(usual - half, usual + half)
    image.set_interpolation("nearest")
    label = _(r"$\log_{10}\,|∂L_T/∂h_{k,i}|$")
    ticks = range(-DECADES, DECADES, 5)
    bar = fig.colorbar(image, label=label, extend="both", aspect=30, ticks=ticks)
    bar.outline.set_visible(False)
    ax.grid(False)
    ax.set(aspect="auto", xlabel=_("step $k$"), ylabel=_("unit $i$"))
    ax.set_title(_("back in time") + " ⟵", loc="right")

    def update(rho: float, activation: ActivationName) -> None:
        image.set_data(entries[rho, activation].T)

    def sentence(rho: float, activation: ActivationName) -> str:
        first = entries[rho, activation][0]
        least, most = power_of_ten(first.min()), power_of_ten(first.max())
        return _(
            "ρ = {rho:.2f}, {activation}, strong input: back at step 1 the entries of "
            "the gradient have sizes from {least} to {most}."
        ).format(rho=rho, activation=_(activation), least=least, most=most)

    alt = _(
        "Heat map with the steps across, the last one at the right, and a row for each "
        "unit: white where an entry of the gradient is as large as at the last step, "
        "ever darker blue where it is smaller, ever darker red where it is larger. All "
        "rows change together from right to left; what differs is their grain."
    )
    controls = {_("ρ(W)"): RHOS, _("activation"): options(ACTIVATIONS)}
    start = {_("ρ(W)"): 1.0}
    return SliderFigure(fig, update, controls, sentences=sentence, alt=alt, start=start)
