"""The colours of figures, and what becomes of them in a light and in a dark page.

The hues are those of M. Okabe and K. Ito, *Color Universal Design*, 2008
(https://jfly.uni-koeln.de/color/), which readers with any of the common
forms of colour blindness can tell apart.  Their orange, sky blue and yellow are too
pale for thin lines on white; here they are darkened until their contrast is at
least 3:1, which WCAG 2.1 asks of graphics.  In a dark page each colour is replaced
by the brighter one that ``slider_figure.css`` gives it, ink by the colour of the page's
text, and white areas by its background.  Any other colour stays as it is.
"""

BLUE = "#0072B2"
ORANGE = "#C27F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#2F94CC"
YELLOW = "#8F8600"

FOREGROUND = "#1A1A1A"
"""Ink of text, axes and neutral lines; takes the colour of the page's own text."""

MUTED = "#6B6B6B"
"""Gray for what stands back, still dark enough for text."""

PALETTE = dict(blue=BLUE, orange=ORANGE, green=GREEN, vermilion=VERMILION)
PALETTE |= dict(purple=PURPLE, sky=SKY, yellow=YELLOW, muted=MUTED)
"""Name of each colour in the style sheet (``--sf-blue``, ...) and its value here."""

CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW)
"""Order in which matplotlib hands the colours out."""

FONTS = "'DejaVu Sans', Verdana, sans-serif"

_VARIABLES = {value.lower(): f"var(--sf-{k}, {value})" for k, value in PALETTE.items()}
_VARIABLES |= {FOREGROUND.lower(): "currentColor", "#000000": "currentColor"}


def themed(tag: str, name: str, color: str) -> str:
    """Return what follows the page in place of a colour of an element."""
    # White text and lines stand on dark maps; white areas are paper.
    if color.lower() == "#ffffff" and name == "fill" and tag in ("path", "use"):
        return "var(--sf-paper, #ffffff)"
    return _VARIABLES.get(color.lower(), color)
