"""The language of the figures: one table for every label, sentence and description.

The figures speak the language of the code.  To make them speak another one, fill the
table before the first figure is made::

    from rnn_demo import words

    words.TRANSLATIONS["lag $T-k$ (steps back in time)"] = "Abstand $T-k$ (Schritte)"
    words.TRANSLATIONS["ρ = {}, {}, {} input: {}"] = "ρ = {}, {}, Eingabe {}: {}"

A pair of braces stands for whatever changes from one position to the next; what it
stands for is translated in turn.  Text that is not in the table stays as it is, and so
do the messages of errors.
"""

import re
from functools import cache

from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["LANGUAGE", "TRANSLATIONS", "translate", "translate_figure"]

TRANSLATIONS: dict[str, str] = {}
"""Text in the code, and what the reader sees in its place."""

LANGUAGE = "en"
"""Language of a file that a figure is saved to, for browsers and screen readers."""


def translate(text: str) -> str:
    """Return what the reader sees in place of `text`.

    Parameters
    ----------
    text : str
        A label, a sentence, the name of a control or one of its values.

    Returns
    -------
    str
        The translation, or `text` if there is none.

    Raises
    ------
    ValueError
        If a template and its translation hold different numbers of braces.
    """
    if text in TRANSLATIONS:
        return TRANSLATIONS[text]
    for source, target in TRANSLATIONS.items():
        if "{}" in source and (found := _pattern(source).fullmatch(text)):
            if source.count("{}") != target.count("{}"):
                raise ValueError(
                    f"the translation of {source!r} must hold as many pairs of braces, "
                    f"but is {target!r}"
                )
            pieces = target.split("{}")
            said = [*map(translate, found.groups()), ""]
            return "".join(a + b for a, b in zip(pieces, said, strict=True))
    return text


def translate_figure(figure: Figure) -> None:
    """Translate every text of a matplotlib figure in place.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.  Texts that move are rows of data, translated where they come in.
    """
    if TRANSLATIONS:
        for artist in figure.findobj(Text):
            artist.set_text(translate(artist.get_text()))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, template.split("{}"))), re.DOTALL)
