"""What a reader can set: labels, values, and where each control starts."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from numbers import Real
from typing import Any

import ipywidgets
import numpy as np

MAX_CONTROLS = 4
MAX_POSITIONS = 20_000
# What widgets of ipywidgets look like; others with options become a menu.
SHOWN = dict(SelectionSlider="slider", ToggleButtons="buttons", RadioButtons="buttons")


@dataclass(frozen=True)
class Control:
    """A control: its values, and how they are shown."""

    label: str
    values: list[Any]
    labels: list[str]
    kind: str = "buttons"  # or "slider" or "menu"
    start: int = 0

    def index(self, name: str, value: Any) -> int:
        """Return the index of a value; `name` is what gave it, for the error."""
        for k, known in enumerate([*self.values, *self.labels]):
            if known is value or np.array_equal(known, value):
                return k % len(self.values)
        hint = f"choose one of {self.values}"
        if self.kind == "slider" and isinstance(value, Real):
            nearest = min(self.values, key=lambda v: abs(v - value))
            if math.isclose(nearest, value, rel_tol=1e-9, abs_tol=1e-9):
                return self.values.index(nearest)
            hint = f"the nearest value is {nearest}"
        raise ValueError(f"{name} sets {self.label!r} to {value!r}; {hint}")

    def widget(self, index: int) -> ipywidgets.Widget:
        """Return the control as a widget whose index is linked to the figure's."""
        kind = {"slider": "SelectionSlider", "menu": "Dropdown"}.get(self.kind)
        made = getattr(ipywidgets, kind or "ToggleButtons")(
            options=self.labels, index=index, description=self.label
        )
        made.layout.width, made.layout.max_width = "auto", "36rem"
        made.style.description_width = "auto"
        if self.kind == "buttons":
            made.style.button_width = made.layout.height = "auto"
        return made


def checked(controls: Mapping[str, Any]) -> tuple[list[Control], tuple[int, ...]]:
    """Return the controls of a `SliderFigure`, and how many values each has."""
    require(controls, "controls", Mapping)
    if not 1 <= (count := len(controls)) <= MAX_CONTROLS:
        raise ValueError(f"controls has {count} entries; give one to {MAX_CONTROLS}")
    made = [_of_values(label, given) for label, given in controls.items()]
    shape = tuple(len(control.values) for control in made)
    if (positions := math.prod(shape)) > MAX_POSITIONS:
        product = " × ".join(map(str, shape))
        raise ValueError(
            f"controls has {product} = {positions} positions; at most {MAX_POSITIONS} "
            "can be stored: give fewer values, or a larger step"
        )
    return made, shape


def _of_values(label: str, given: Any) -> Control:
    if isinstance(given, Control):
        return given
    require(label, "a label of controls", str)
    require(given, f"controls[{label!r}]", Iterable)
    named = isinstance(given, Mapping)
    values = [v.item() if isinstance(v, np.generic) else v for v in given]
    finite = (isinstance(v, Real) and math.isfinite(v) for v in values)
    numbers = not named and all(finite)
    if not values or not (numbers or all(isinstance(v, str) for v in values)):
        needed = "strings" if named else "finite numbers, or strings"
        raise ValueError(
            f"control {label!r} has options {values}; it needs {needed}, at least one"
        )
    if len(set(values)) < len(values):
        raise ValueError(f"control {label!r} has the same value twice: {values}")
    if all(isinstance(v, bool) for v in values):
        return Control(label, values, ["on" if v else "off" for v in values])
    if numbers:
        middle = (len(values) - 1) // 2
        return Control(label, values, number_labels(values), "slider", middle)
    return Control(label, [*given.values()] if named else values, values)


def of_abbreviations(
    function: Callable[..., Any], name: str, given: Mapping[str, Any]
) -> tuple[dict[str, Control], dict[str, Any]]:
    """Return the controls of `interact` by parameter, and the arguments that are fixed.

    ipywidgets itself makes widgets of its abbreviations; their values are read off.
    """
    parameters = signature(function).parameters.values()
    rest = [p.kind for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    own = {p.name: p.default for p in parameters if p.kind not in rest}
    controls, fixed = {}, {}
    for key, abbreviation in {**own, **given}.items():
        if key not in own and Parameter.VAR_KEYWORD not in rest:
            raise ValueError(f"{key} is not a parameter of {name}, which has {[*own]}")
        default = own.get(key, Parameter.empty)
        widget = ipywidgets.interactive.widget_from_abbrev(abbreviation, default)
        if widget is None:
            raise ValueError(
                f"{key} of {name} has no values: give (min, max), (min, max, step), "
                "a list, a dict, a bool, a number, or a widget"
            )
        if isinstance(widget, ipywidgets.fixed):
            fixed[key] = widget.value
        else:
            controls[key] = _of_widget(key, widget)
    return controls, fixed


def _of_widget(name: str, widget: Any) -> Control:
    label = getattr(widget, "description", "") or name
    kind, value = type(widget).__name__, getattr(widget, "value", None)
    if isinstance(value, tuple):
        raise ValueError(f"{name} is a {kind}; a control has one value at a time")
    if widget.has_trait("options") and widget.has_trait("index"):
        if not widget.options:
            raise ValueError(f"{name} has no options; it needs at least one")
        names, values = map(list, zip(*widget._options_full, strict=True))
        return Control(label, values, names, SHOWN.get(kind, "menu"), widget.index or 0)
    if isinstance(value, bool):
        return Control(label, [False, True], ["off", "on"], start=int(value))
    if not (isinstance(value, Real) and hasattr(widget, "min")):
        raise ValueError(
            f"{name} is a {kind}, which has no end of values; write the values in a "
            "list, or a range as (min, max, step)"
        )
    low, high, step = widget.min, widget.max, widget.step
    if not step or step < 0:
        raise ValueError(f"{name} has the step {step}; it must be above 0")
    # Sums of decimals are to end where they are meant to.
    steps = range(math.floor((high - low) / step + 1e-9) + 1)
    values = [round(low + k * step, 12) for k in steps]
    if widget.has_trait("base"):
        values = [widget.base**v for v in values]
    start = min(range(len(values)), key=lambda k: abs(values[k] - value))
    return Control(label, values, number_labels(values), "slider", start)


def check_labels(name: str, labels: Iterable[Any], controls: list[Control]) -> None:
    """Raise ValueError unless all labels are those of controls; None is no label."""
    known = [control.label for control in controls]
    for label in labels:
        if label is not None and label not in known:
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
        given = type(value).__name__
        raise ValueError(f"{name} must be {kind.__name__}, but is of type {given}")


def check_alt(alt: Any, lack: str = "") -> None:
    """Raise ValueError unless `alt` is a text alternative; `lack` says what is not."""
    if not isinstance(alt, str) or not alt.strip():
        lack = lack or f"alt is {alt!r}; say in a sentence"
        raise ValueError(f"{lack} what the picture shows, for those who do not see it")
