"""Numbers put into words, for the sentences below the explorers."""

import math

from rnn_demo.words import _

#: Narrow, and without a break.
SPACE = "\u202f"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(log10: float) -> str:
    """Return 10**`log10` with two digits, also where it leaves the float range.

    As it is written by hand: 0.012, 1.8, 1 800 and 1.8 × 10⁴.  The spaces are such
    that no line breaks at them, and the minus sign is a real one.
    """
    if log10 == -math.inf:
        return "0"
    exponent = math.floor(log10)
    mantissa = round(10 ** (log10 - exponent), 1)
    if mantissa >= 10:
        mantissa, exponent = 1.0, exponent + 1
    if -3 < exponent < 4:
        number = round(mantissa * 10**exponent, 1 - exponent)
        return f"{number:,.{max(1 - exponent, 0)}f}".replace(",", SPACE)
    return f"{mantissa:.1f} × 10{str(exponent).translate(RAISED)}".replace(" ", SPACE)


def change(log10: float) -> str:
    """Return how a norm changed, given log10 of its last over its first value."""
    if abs(log10) < math.log10(1.05):
        return _("keeps its size to within 5 %")
    text = _("grows by a factor of {}") if log10 > 0 else _("falls by a factor of {}")
    return text.format(power_of_ten(abs(log10)))


def signed(number: float, form: str) -> str:
    """Return a formatted number with a real minus sign."""
    return f"{number:{form}}".replace("-", "−")


def lag_label() -> str:
    """Return the name of the axis that goes back from the last step."""
    return _("lag $T-k$ (steps back in time)")


def norm_label() -> str:
    """Return the name of an axis of gradient norms."""
    return _(r"$\log_{10}$ of the gradient norm")
