"""A question before a figure: the reader commits to an answer, and then sees."""

import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from slider_figure._controls import require
from slider_figure._figure import SliderFigure


class Prediction:
    """A question with options, each with its own feedback, and what is then shown.

    In a page, what moves in the figure below it, in the output of the same cell, is not
    seen until the reader has chosen.  It is plain HTML: without a script, or on paper,
    the question and all answers can be read.

    Parameters
    ----------
    question : str
    options : mapping of str to str
        What can be answered, and the feedback to it: why it tempts, and what is so.
        The sentence of the figure follows.
    right : str
        The option that is right.
    figure : SliderFigure, optional
        The figure that shows it; it has a name.
    show : mapping of str to value, optional
        Label and value of the figure's controls, once the reader has chosen.
    run : mapping of str to value, optional
        Label of one of them, and the value that it runs from.

    Raises
    ------
    ValueError
        If there are fewer than two options, the right one is not among them, a text
        is empty, or the figure lacks a name, control or value.
    """

    def __init__(
        self,
        question: str,
        options: Mapping[str, str],
        *,
        right: str,
        figure: SliderFigure | None = None,
        show: Mapping[str, Any] | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        require(options, "options", Mapping)
        if len(options) < 2 or not all([question, *options, *options.values()]):
            raise ValueError(
                f"options is {options}; give a question and two options with feedback"
            )
        if right not in options:
            raise ValueError(f"right is {right!r}; it must be one of {[*options]}")
        self.question, self.options, self.right = question, dict(options), right
        self.then: dict[str, str] = {}
        if figure is not None:
            show = show or {}
            told = figure.sentence_at(**show)
            self.options = {o: f"{text} {told}" for o, text in self.options.items()}
            self.then["to"] = figure.link(show)
            if run:
                self.then["from"] = figure.link({**show, **run})

    def _verdict(self, option: str) -> str:
        return "Right." if option == self.right else "Not so."

    def __repr__(self) -> str:
        answers = (f"- {o}: {self._verdict(o)} {t}" for o, t in self.options.items())
        return "\n".join([self.question, *answers])

    def _repr_html_(self) -> str:
        name = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        parts = [
            f'<details name="q{name}"><summary>{escape(option)}</summary>'
            f"<p><strong>{self._verdict(option)}</strong> {escape(told)}</p></details>"
            for option, told in self.options.items()
        ]
        then = escape(json.dumps(self.then), quote=True)
        return (
            f'<div class="sf-question" role="group" aria-labelledby="q{name}" '
            f'data-key="q{name}" data-then="{then}">'
            f'<p id="q{name}">{escape(self.question)}</p>{"".join(parts)}</div>'
        )
