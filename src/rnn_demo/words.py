"""The language of the figures: every label, sentence and description goes through it.

The figures speak the language of the code.  To make them speak another one, hand a
table, or a catalogue of `gettext`, to `speak` before the first figure is made::

    from rnn_demo import words

    words.speak({"weak": "schwach", "{kind} input": "Eingabe {kind}"})

Names in braces stand for what changes from one position to the next.  What has no
translation stays as it is, and so do the messages of errors.
"""

import gettext
from collections.abc import Iterable, Mapping


class _Table(gettext.NullTranslations):
    """A catalogue from a mapping."""

    def __init__(self, table: Mapping[str, str]) -> None:
        super().__init__()
        self._table = dict(table)

    def gettext(self, message: str) -> str:
        return self._table.get(message, message)


_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def speak(catalogue: Mapping[str, str] | gettext.NullTranslations) -> None:
    """Let all figures from now on speak another language.

    Parameters
    ----------
    catalogue : mapping of str to str, or gettext.NullTranslations
        What the reader sees in place of a text of the code.  An empty mapping goes
        back to the code's own language.
    """
    global _catalogue
    table = not isinstance(catalogue, gettext.NullTranslations)
    _catalogue = _Table(catalogue) if table else catalogue  # type: ignore[arg-type, assignment]


def _(message: str) -> str:
    return _catalogue.gettext(message)


def options(names: Iterable[str]) -> dict[str, str]:
    """Return the values of a control, under the names that the reader sees.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to str
        From what the reader sees to the name in the code.
    """
    return {_(name): name for name in names}
