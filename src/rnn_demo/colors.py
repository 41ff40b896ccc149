"""The colours of every figure.

The hues are those of M. Okabe and K. Ito, *Color Universal Design*, 2008
(https://jfly.uni-koeln.de/color/), which readers with any of the common
forms of colour blindness can tell apart.  Their orange, sky blue and yellow are too
pale for thin lines on white; here they are darkened until their contrast is at
least 3:1, which WCAG 2.1 asks of graphics.  In a dark page each colour is replaced
by the brighter one that ``slider_figure.css`` gives it.
"""

__all__ = [
    "BLUE",
    "CYCLE",
    "FOREGROUND",
    "GREEN",
    "MUTED",
    "ORANGE",
    "PALETTE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "YELLOW",
]

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

PALETTE = {
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "vermilion": VERMILION,
    "purple": PURPLE,
    "sky": SKY,
    "yellow": YELLOW,
    "muted": MUTED,
}
"""Name of each colour in the style sheet (``--rd-blue``, ...) and its value here."""

CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW)
"""Order in which matplotlib hands the colours out."""
