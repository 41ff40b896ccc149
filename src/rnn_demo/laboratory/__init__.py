"""A laboratory for networks of the reader's own: a trial, and the panel that shows it.

`laboratory` and `is_live` are those of `rnn_demo.laboratory.panel`, which loads the
widgets; a `Trial` needs NumPy only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnn_demo.laboratory.panel import is_live, laboratory

__all__ = ["is_live", "laboratory"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from rnn_demo.laboratory import panel

        return getattr(panel, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
