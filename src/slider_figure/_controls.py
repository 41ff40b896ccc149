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
        kinds = {"slider": "SelectionSlider", "menu": "Dropdown"}
        made = getattr(ipywidgets, kinds.get(self.kind, "ToggleButtons"))(
            options=self.labels,
            index=index,
            description=self.label,
            style={"description_width": "auto"},
            layout={"width": "auto", "max_width": "36rem"},
        )
        if self.kind == "buttons":
            made.style.button_width = made.layout.height = "auto"
        return made


def _plain(value: Any) -> bool:
    return isinstance(value, Real | str | np.generic)


def checked(controls: Mapping[str, Any], start: Any) -> list[Control]:
    """Return the controls of a `SliderFigure`."""
    require(controls, "controls", Mapping)
    made = [_of_values(label, given) for label, given in controls.items()]
    start = {} if start is None else start
    require(start, "start", Mapping)
    check_labels("start", start, made)
    for k, control in enumerate(made):
        if control.label in start:
            made[k] = replace(
                control, start=control.index("start", start[control.label])
            )
    return limited(made)


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
        return Control(label, [*given.values()], [*given])
    values = [v.item() if isinstance(v, np.generic) else v for v in given]
    switch, strings, numbers = (
        bool(values) and all(isinstance(v, kind) for v in values)
        for kind in (bool, str, Real)
    )
    if not strings and not (numbers and np.isfinite([float(v) for v in values]).all()):
        raise ValueError(
            f"control {label!r} has values {values}; it needs finite numbers, or "
            "strings, at least one"
        )
    if len(set(values)) < len(values):
        raise ValueError(f"control {label!r} has the same value twice: {values}")
    if switch:
        return Control(label, values, ["on" if v else "off" for v in values])
    if strings:
        return Control(label, values, values)
    return _slider(label, values, (len(values) - 1) // 2)


def _slider(label: str, values: list[Any], start: int) -> Control:
    return Control(label, values, number_labels(values), "slider", start)


def of_abbreviations(
    function: Callable[..., Any], name: str, given: Mapping[str, Any]
) -> tuple[dict[str, Control], dict[str, Any]]:
    """Return the controls of `interact` by parameter, and the arguments that are fixed.

    ipywidgets itself makes widgets of its abbreviations; their values are read off.
    """
    parameters = inspect.signature(function).parameters.values()
    rest = [p.kind for p in parameters if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    defaults = {p.name: p.default for p in parameters if p.kind not in rest}
    controls, fixed = {}, {}
    for key, abbreviation in {**defaults, **given}.items():
        if key not in defaults and inspect.Parameter.VAR_KEYWORD not in rest:
            raise ValueError(
                f"{key} is not a parameter of {name}, which has {[*defaults]}"
            )
        if isinstance(abbreviation, ipywidgets.fixed):
            fixed[key] = abbreviation.value
            continue
        default = defaults.get(key, inspect.Parameter.empty)
        widget = ipywidgets.interactive.widget_from_abbrev(abbreviation, default)
        if widget is None:
            raise ValueError(
                f"{key} of {name} has no values: give (min, max), (min, max, step), "
                "a list, a dict, a bool, a number, or a widget"
            )
        controls[key] = _of_widget(key, widget)
    limited([*controls.values()])
    return controls, fixed


def _of_widget(name: str, widget: Any) -> Control:
    label = getattr(widget, "description", "") or name
    kind, value = type(widget).__name__, getattr(widget, "value", None)
    if isinstance(value, tuple):
        raise ValueError(f"{name} is a {kind}; a control has one value at a time")
    if widget.has_trait("options") and widget.has_trait("index"):
        if not widget.options:
            raise ValueError(f"{name} has no options; it needs at least one")
        labels, values = map(list, zip(*widget._options_full, strict=True))
        return Control(
            label, values, labels, SHOWN.get(kind, "menu"), widget.index or 0
        )
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
    steps = range(int(np.floor((high - low) / step + 1e-9)) + 1)
    # Sums of decimals are to end where they are meant to.
    values = [round(low + k * step, 12) for k in steps]
    if widget.has_trait("base"):
        values = [widget.base**v for v in values]
    start = int(np.argmin(np.abs(np.subtract(values, float(value)))))
    return _slider(label, values, start)


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
