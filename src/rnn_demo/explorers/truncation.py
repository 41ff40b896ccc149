"""Explorer: what truncated BPTT keeps of the gradient, for every τ."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_demo._checks import integer
from rnn_demo._types import Family, Floats
from rnn_demo.explorers._axes import line
from rnn_demo.learning.truncation import bias, chunk_gradients, echo, window_gradients
from rnn_demo.matrices import random_params
from rnn_demo.words import _, options
from slider_figure import SliderFigure, colors

#: Label of each network, with the spectral radius and the family of W.
NETWORKS: dict[str, tuple[float, Family]] = {
    "ρ = 0.5": (0.5, "gaussian"),
    "ρ = 0.9": (0.9, "gaussian"),
    "ρ = 1.2": (1.2, "gaussian"),
    "orthogonal": (1.0, "orthogonal"),
}
SCHEMES = {"window": window_gradients, "chunks": chunk_gradients}


def gradients(
    steps: int = 60, delay: int = 10, units: int = 12, seed: int = 0
) -> dict[tuple[str, str], Floats]:
    """Return the truncated gradients by W of the explorer's networks.

    Parameters
    ----------
    steps, delay, units : int
        Length T, delay of the task `rnn_demo.learning.truncation.echo`, hidden units.
    seed : int
        Seed of networks and sequences.

    Returns
    -------
    dict
        From (scheme, network) to an array of shape (T, n, n): entry τ − 1 belongs
        to τ, the last is the full gradient.

    Raises
    ------
    ValueError
        If a size or the seed is out of range, or `delay` is not below `steps`.
    """
    units, seed = integer(units, "units", 1), integer(seed, "seed", 0)
    batch = echo(delay, steps, 20, seed=seed + 1)
    out = {}
    for name, (rho, family) in NETWORKS.items():
        params = random_params(
            units, 2, 2, rho=rho, family=family, input_scale=0.3, seed=seed
        )
        for scheme, truncate in SCHEMES.items():
            out[scheme, name] = truncate(params, batch)
    return out


def truncation_explorer(
    steps: int = 60, delay: int = 10, units: int = 12, seed: int = 0
) -> SliderFigure:
    """Return the figure of the bias of truncated BPTT against τ.

    Above, cosine and norm ratio to the full gradient for every τ; below, each entry
    of the truncated gradient by W against the same entry of the full one.

    Parameters
    ----------
    steps, delay, units, seed
        As for `gradients`; `steps` is at least 2, so that there is something to cut.

    Returns
    -------
    SliderFigure
        Controls: τ, the scheme, and the network.

    Raises
    ------
    ValueError
        As `gradients`.
    """
    steps = integer(steps, "steps", 2)
    taus = np.arange(1, steps + 1)
    computed = gradients(steps, delay, units, seed)
    # Cosine and norm ratio for every τ; entries, of which the largest of each full
    # gradient is drawn at 1.
    biases = {at: bias(kept, kept[-1]) for at, kept in computed.items()}
    entries = {
        at: kept.reshape(steps, -1) / np.abs(kept[-1]).max()
        for at, kept in computed.items()
    }

    fig, (top, bottom) = plt.subplots(2, 1, figsize=(4.8, 6.0))
    cosine = line(top, colors.BLUE, _("cosine"))
    ratio = line(top, colors.ORANGE, _("norm ratio"), "--")
    top.axhline(1, color=colors.FOREGROUND, lw=0.6)
    marker = top.axvline(1, color=colors.VERMILION, lw=1.2)
    top.set(xlabel=_("truncation length $τ$"), ylabel=_("truncated to full"))
    # There is room for the marker at 1.
    top.set(xlim=(0, steps), ylim=(0, 1.25))
    top.legend(loc="lower right")
    edges = [-1.3, 1.3]
    bottom.plot(edges, edges, color=colors.FOREGROUND, lw=0.8)
    points = bottom.scatter([], [], s=9, color=colors.BLUE, alpha=0.7, lw=0)
    points.set_gid("entries")
    full, cut = _("entry of the full gradient by $W$"), _("the same, truncated")
    bottom.set(xlim=edges, ylim=edges, xlabel=full, ylabel=cut)

    def update(tau: int, scheme: str, name: str) -> None:
        cosine.set_data(taus, biases[scheme, name][0])
        ratio.set_data(taus, biases[scheme, name][1])
        marker.set_xdata([tau, tau])
        of = entries[scheme, name]
        points.set_offsets(np.column_stack([of[-1], of[tau - 1]]))

    def sentence(tau: int, scheme: str, name: str) -> str:
        kept = _("lags below {}") if scheme == "window" else _("chunks of {}")
        kept = _("everything") if tau == steps else kept.format(tau)
        cosine, ratio = (values[tau - 1] for values in biases[scheme, name])
        return _(
            "{name}, {kept} kept: cosine {cosine:.3f}, norm {ratio:.2f} times that of "
            "the full gradient."
        ).format(name=_(name), kept=kept, cosine=cosine, ratio=ratio)

    alt = _(
        "Two charts. Above, cosine and norm ratio of the truncated to the full "
        "gradient against the truncation length; both end at one, and start lower the "
        "longer the memory of the network. Below, a scatter plot of the entries of the "
        "truncated gradient against those of the full one, which gather on the "
        "diagonal as the truncation length grows."
    )
    controls = {
        "τ": taus,
        _("scheme"): options(SCHEMES),
        _("network"): options(NETWORKS),
    }
    start = {"τ": min(5, steps), _("network"): "orthogonal"}
    handles = [("τ", lambda tau, *_: (top, tau, 0.5))]
    return SliderFigure(
        fig, update, controls, sentences=sentence, alt=alt, start=start, handles=handles
    )
