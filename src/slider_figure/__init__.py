"""Any matplotlib figure, alive in a page without a kernel.

`SliderFigure` draws a figure in advance for every position of its controls,
`SliderFigure.from_function` does so with a function that draws the whole figure, and
`interact` takes the place of ``ipywidgets.interact``.  `show` puts a figure that does
not move into a page, and `LiveFigure` follows a running kernel.  A `Prediction` asks
the reader before a figure shows what is so.
"""

from slider_figure._figure import SliderFigure, interact
from slider_figure._files import style_sheet
from slider_figure._predict import Prediction
from slider_figure._still import LiveFigure, StaticFigure, show, svg_of

__all__ = [
    "LiveFigure",
    "Prediction",
    "SliderFigure",
    "StaticFigure",
    "interact",
    "show",
    "style_sheet",
    "svg_of",
]
