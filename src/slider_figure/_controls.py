"""What a reader can set: labels, values, and where each control starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import ipywidgets
import numpy as np

MAX_CONTROLS = 4
MAX_POSITIONS = 20_000

_WIDE = {"width": "100%", "max_width": "36rem"}
_NO_END = (
    "{} is a {}, which has no end of values; write the values in a list, or a range "
    "as (min, max, step)"
)


@dataclass(frozen=True)
class Control:
    """A control: its values, and how they are shown."""

    label: str
    values: list[Any]
    labels: list[str]
    kind: str  # "slider", "buttons", "menu" or "check"
    start: int

    def index(self, name: str, value: Any) -> int:
        """Return the index of a value; `name` is what gave it, for the error."""
        same = [v is value or (_plain(v) and v == value) for v in self.values]
        if any(same):
            return same.index(True)
        if self.kind == "slider" and isinstance(value, Real):
            distance = np.abs(np.subtract(self.values, float(value)))
            nearest = int(np.argmin(distance))
            if distance[nearest] <= 1e-9 * max(1.0, abs(float(value))):
                return nearest
            hint = f"the nearest value is {self.values[nearest]}"
        elif value in self.labels:
            return self.labels.index(value)
        else:
            hint = f"choose one of {self.values}"
        raise ValueError(f"{name} sets {self.label!r} to {value!r}; {hint}")

    def widget(self, index: int) -> ipywidgets.Widget:
        """Return the control as a widget whose index is linked to the figure's."""
        shared = {
            "options": self.labels,
            "index": index,
            "description": self.label,
            "style": {"description_width": "auto"},
            "layout": ipywidgets.Layout(**_WIDE),
        }
        if self.kind == "slider":
            return ipywidgets.SelectionSlider(continuous_update=True, **shared)
        if self.kind == "menu":
            return ipywidgets.Dropdown(**shared)
        shared["style"]["button_width"] = "auto"
        shared["layout"].height = "auto"
        return ipywidgets.ToggleButtons(**shared)


def _plain(value: Any) -> bool:
    return isinstance(value, Real | str | np.generic)


def checked(
    controls: Mapping[str, Any], start: Mapping[str, Any] | None
) -> list[Control]:
    """Return the controls of a `SliderFigure`."""
    require(controls, "controls", Mapping)
    made = [_of_values(label, given) for label, given in controls.items()]
    start = {} if start is None else start
    require(start, "start", Mapping)
    check_labels("start", start, made)
    return limited(
        [
            replace(c, start=c.index("start", start[c.label]))
            if c.label in start
            else c
            for c in made
        ]
    )


def limited(controls: list[Control]) -> list[Control]:
    """Return the controls, unless there are too many of them or of their values."""
    if not 1 <= len(controls) <= MAX_CONTROLS:
        raise ValueError(
            f"controls has {len(controls)} entries; give one to {MAX_CONTROLS}"
        )
    sizes = [len(control.values) for control in controls]
    if (positions := int(np.prod(sizes))) > MAX_POSITIONS:
        product = " × ".join(map(str, sizes))
        raise ValueError(
            f"controls has {product} = {positions} positions; at most {MAX_POSITIONS} "
            "can be stored: give fewer values, or a larger step"
        )
    return controls


def _of_values(label: str, given: Any) -> Control:
    require(label, "a label of controls", str)
    require(given, f"controls[{label!r}]", Iterable)
    if isinstance(given, Mapping):
        if not given or not all(isinstance(name, str) for name in given):
            raise ValueError(
                f"control {label!r} has the options {list(given)}; it needs strings, "
                "at least one"
            )
        return Control(label, [*given.values()], [*given], "buttons", 0)
    values = [v.item() if isinstance(v, np.generic) else v for v in given]
    switch = all(isinstance(v, bool) for v in values)
    strings = all(isinstance(v, str) for v in values)
    numbers = all(isinstance(v, Real) and np.isfinite(float(v)) for v in values)
    if not values or not (switch or strings or numbers):
        raise ValueError(
            f"control {label!r} has values {values}; it needs finite numbers, or "
            "strings, at least one"
        )
    if len(set(values)) < len(values):
        raise ValueError(f"control {label!r} has the same value twice: {values}")
    if switch:
        labels = ["on" if v else "off" for v in values]
        return Control(label, values, labels, "buttons", 0)
    if strings:
        return Control(label, values, values, "buttons", 0)
    middle = (len(values) - 1) // 2
    return Control(label, values, number_labels(values), "slider", middle)


def of_abbreviations(
    function: Callable[..., Any], given: Mapping[str, Any]
) -> tuple[dict[str, Control], dict[str, Any]]:
    """Return the controls of `interact` by parameter, and the arguments that are fixed.

    ipywidgets itself makes widgets of its abbreviations; their values are read off.
    """
    parameters = inspect.signature(function).parameters
    open_ended = {p.name for p in parameters.values() if p.kind in (
        p.VAR_KEYWORD, p.VAR_POSITIONAL)}  # fmt: skip
    if unknown := [n for n in given if n not in parameters and not open_ended]:
        raise ValueError(
            f"{unknown[0]} is not a parameter of {function.__name__}, which has "
            f"{[*parameters]}"
        )
    controls, fixed = {}, {}
    for name in dict.fromkeys([*parameters, *given]):
        none = inspect.Parameter.empty
        default = parameters[name].default if name in parameters else none
        abbreviation = given.get(name, default)
        if name in open_ended:
            continue
        if isinstance(abbreviation, ipywidgets.fixed):
            fixed[name] = abbreviation.value
            continue
        widget = None
        if abbreviation is not none:
            widget = ipywidgets.interactive.widget_from_abbrev(abbreviation, default)
        if widget is None:
            raise ValueError(
                f"{name} of {function.__name__} has no values: give (min, max), "
                "(min, max, step), a list, a dict, a bool, a number, or a widget"
            )
        controls[name] = _of_widget(name, widget)
    limited([*controls.values()])
    return controls, fixed


def _of_widget(name: str, widget: ipywidgets.Widget) -> Control:
    label = getattr(widget, "description", "") or name
    kind = type(widget).__name__
    if widget.has_trait("options") and widget.has_trait("index"):
        if not widget.options:
            raise ValueError(f"{name} has no options; it needs at least one")
        labels, values = map(list, zip(*widget._options_full, strict=True))
        if isinstance(widget.index, tuple):
            raise ValueError(f"{name} is a {kind}; a control has one value at a time")
        shown = {"SelectionSlider": "slider", "ToggleButtons": "buttons"}
        shown["RadioButtons"] = "buttons"
        return Control(
            label, values, labels, shown.get(kind, "menu"), widget.index or 0
        )
    value = getattr(widget, "value", None)
    if isinstance(value, bool):
        return Control(label, [False, True], ["off", "on"], "buttons", int(value))
    if isinstance(value, tuple):
        raise ValueError(f"{name} is a {kind}; a control has one value at a time")
    bounded = widget.has_trait("min") and widget.has_trait("step")
    if not (bounded and isinstance(value, Real)):
        raise ValueError(_NO_END.format(name, kind))
    low, high, step = widget.min, widget.max, widget.step
    if not step or step < 0:
        raise ValueError(f"{name} has the step {step}; it must be above 0")
    steps = range(int(np.floor((high - low) / step + 1e-9)) + 1)
    whole = all(isinstance(v, int) for v in (low, step))
    values = [
        low + int(k) * step if whole else round(low + k * step, 12) for k in steps
    ]
    if widget.has_trait("base"):
        values = [widget.base**v for v in values]
    start = int(np.argmin(np.abs(np.subtract(values, float(value)))))
    return Control(label, values, number_labels(values), "slider", start)


def check_labels(name: str, labels: Iterable[str], controls: list[Control]) -> None:
    """Raise ValueError unless all labels are those of controls."""
    known = [control.label for control in controls]
    for label in labels:
        if label not in known:
            raise ValueError(f"{name} names the control {label!r}; there is {known}")


def number_labels(values: list[Any]) -> list[str]:
    """Return the shortest labels that show the values, or at least tell them apart."""
    for spec in [*(f".{d}f" for d in range(5)), *(f".{d}g" for d in range(3, 18))]:
        labels = [f"{float(v):{spec}}" for v in values]
        exact = np.allclose([float(s) for s in labels], values, rtol=1e-9, atol=1e-12)
        if len(set(labels)) == len(values) and (exact or spec.endswith("g")):
            break
    return [s.replace("-", "−") for s in labels]


def require(value: Any, name: str, kind: Any) -> None:
    """Raise ValueError unless a value is of a type."""
    if not isinstance(value, kind):
        raise ValueError(
            f"{name} must be {kind.__name__}, but is of type {type(value).__name__}"
        )


def check_alt(alt: Any) -> None:
    """Raise ValueError unless `alt` is a text alternative."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"alt is {alt!r}; say in a sentence what the picture shows, for readers "
            "who do not see it"
        )
