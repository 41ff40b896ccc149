"""Whatever numbers a public function is given, it answers in numbers or says why not.

Each example puts one or two wild values among ordinary arguments.  The function then
raises ValueError or TypeError, or returns floats of the documented shape: finite, or
−inf where its documentation says so.  Where it does neither, NumPy warns of what left
the float range.  `forward`, `loss` and `bptt` leave nothing to warnings.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import problem

import rnn_demo
from rnn_demo import backprop, differences, exercises, gated, many, network, norms
from rnn_demo.gated import random_gated
from rnn_demo.laboratory.trial import Trial
from rnn_demo.learning.cliff import OneUnit
from rnn_demo.learning.runs import STARTS
from rnn_demo.learning.training import Adam, Batch
from rnn_demo.matrices import FAMILIES, spectral_radius
from rnn_demo.network import ACTIVATIONS

# These make pictures, words and symbols; they have tests of their own.
NOT_NUMERICAL = (
    "derivation",
    "explorers",
    "laboratory.panel",
    "words",
)
# These take what is already checked, or hold what was computed.
INNER = (network.hidden_states, network.steps, network.out_of_range)
INNER += (backprop.backward, backprop.output_gradient, many.by_all_of_W)
INNER += (norms.log_norms, norms.carried_back)
INNER += (network.Activation, exercises.Verdict, Trial.tables)


def public():
    """Yield every public function, and every class that checks its arguments."""
    for info in pkgutil.walk_packages(rnn_demo.__path__, "rnn_demo."):
        label = info.name.removeprefix("rnn_demo.")
        if "._" in info.name or label.startswith(NOT_NUMERICAL):
            continue
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", "") == module.__name__
            record = isinstance(thing, type) and issubclass(thing, tuple)
            if not (callable(thing) and own) or record:
                continue
            if name[0] != "_" and thing not in INNER:
                yield pytest.param(thing, id=f"{label}.{name}")


def parameters(function):
    """Return the names of what a function takes, or of what it hands on."""
    if function is differences.numerical_gradient_loop:
        function = differences.numerical_gradient
    return list(inspect.signature(function).parameters)


def replaced(V):
    return [params.replace(V=V).V for params in (NETWORK.params, *RANDOM_GATED)]


def steps_of_adam(gradients):
    optimizer = Adam(0.1)
    return [optimizer.update(gradients) for _ in range(2)]


#: A function that calls each public method with arguments, by the method's name.
METHODS = {
    "RNNParams.replace": replaced,
    "LSTMParams.replace": replaced,
    "GRUParams.replace": replaced,
    "LeakyParams.replace": replaced,
    "Adam.update": steps_of_adam,
}


def test_every_method_with_arguments_is_called():
    found = {
        f"{thing.__name__}.{name}"
        for (thing,) in (parameter.values for parameter in public())
        if isinstance(thing, type)
        for name, method in inspect.getmembers(thing, inspect.isfunction)
        if name[0] != "_" and method not in INNER
        if len(inspect.signature(method).parameters) > 1
    }
    assert found == set(METHODS)


# -- ordinary arguments --------------------------------------------------------------

N, M, P, STEPS, SIZE = 3, 2, 2, 4, 2
NETWORK = problem(0, n=N, m=M, p=P, steps=STEPS)
RNG = np.random.default_rng(0)
BATCH = Batch(
    RNG.normal(size=(STEPS, SIZE, M)),
    RNG.uniform(size=(STEPS, SIZE, P)),
    np.ones(STEPS),
)

#: Ordinary values of every parameter, by its name.
ORDINARY = {
    "U": [NETWORK.params.U],
    "W": [NETWORK.params.W],
    "b": [NETWORK.params.b],
    "V": [NETWORK.params.V],
    "c": [NETWORK.params.c],
    "a": [1.5],
    "activation": list(ACTIVATIONS),
    "angles": [3],
    "answer": [0.5, np.array([1.0, 2.0])],
    "approximations": [RNG.normal(size=(2, N, N))],
    "batch": [BATCH],
    "batches": [[BATCH, BATCH]],
    "beta1": [0.9],
    "beta2": [0.999],
    "bias": [1.0],
    "biases": [np.array([0.0, 2.0])],
    "burn_in": [0, 1],
    "carry": [None, np.array([1.0, 0.0, 0.5, 1.0])],
    "cell": list(gated.CELLS),
    "clip": [None, 0.5],
    "count": [1, 2],
    "delay": [1],
    "epsilon": [1e-8],
    "family": list(FAMILIES),
    "final_gradient": [None, RNG.normal(size=N)],
    "gain": [1.2],
    "gradient": [RNG.normal(size=(N, N))],
    "gradients": [[RNG.normal(size=(2, 2)), RNG.normal(size=3)]],
    "h": [np.array([0.1, -0.5, 0.9])],
    "h0": [None, NETWORK.h0],
    "h2": [0.9],
    "input_scale": [1.0],
    "input_strength": [1.0],
    "k": [0, 1],
    "keep_bias": [0.0],
    "lag": [2],
    "loop": [False, True],
    "learning_rate": [0.1],
    "m": [M],
    "max_norm": [0.5],
    "method": ["central", "forward", "complex"],
    "n": [N],
    "name": ["tanh"],
    "noise": [0.1],
    "nonnormality": [1.0],
    "number": ["2.1", "1.2"],
    "optimizer": [Adam(0.1)],
    "p": [P],
    "params": [NETWORK.params],
    "probability": [0.3],
    "radii": [3],
    "rho": [1.1],
    "rhos": [np.array([0.0, 0.5, 1.2])],
    "rounds": [0, 1],
    "score_every": [1],
    "seed": [0],
    "size": [SIZE],
    "start": [np.array([1.5, 0.0])],
    "state0": [None],
    "steps": [STEPS],
    "step": [None, 1e-4],
    "strength": [0.5],
    "strengths": [np.array([0.0, 1.0])],
    "symbols": [3],
    "t": [1, STEPS],
    "target": [NETWORK.target, None],
    "task": ["first symbol", "adding"],
    "tau": [2],
    "trajectory": [network.forward(NETWORK.params, NETWORK.x)],
    "truncate": [None, 2],
    "unit": [None, OneUnit()],
    "units": [2],
    "updates": [2],
    "w": [np.array([1.5, 0.2])],
    "wrt": ["U", "W", "b", "V", "c", "h0", "x"],
    "x": [NETWORK.x],
}
RANDOM_GATED = [random_gated(cell, N, M, P, seed=0) for cell in sorted(gated.CELLS)]


def ordinary(function, name):
    """Return ordinary values of a parameter, where need be of this function alone."""
    if isinstance(function, type) and issubclass(function, gated._GatedParams):
        examples = [p for p in RANDOM_GATED if type(p) is function]
        return [getattr(p, name) for p in examples]
    special = {
        ("gated", "params"): RANDOM_GATED,
        ("test_fuzz", "gradients"): [list(vars(NETWORK.params).values())],
        ("training", "x"): [BATCH.x],
        ("counterexamples", "b"): [np.array([-1.5, -4.5])],
        ("cliff", "b"): [np.array([0.1, -0.2])],
        ("runs", "start"): list(STARTS),
        ("trial", "h0"): [0.5, NETWORK.h0],
        ("trial", "W"): [None, NETWORK.params.W],
    }
    module = function.__module__.rpartition(".")[2]
    return special.get((module, name)) or ORDINARY[name]


# -- wild ones -----------------------------------------------------------------------

EXTREME = [0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 1e154, 1e-160, 5e-324, -1e-310]
NOT_FINITE = [np.nan, np.inf, -np.inf]
HUGE = 10**400  # too large for a float
JUNK = [
    None,
    True,
    "one",
    b"one",
    1j,
    np.nan,
    np.inf,
    HUGE,
    -1,
    0,
    2.5,
    [],
    {},
    {1, 2},
    [[1.0, 2.0], [3.0]],
    [None, 1.0],
    ["a", "b"],
    object(),
    np.array(["2020-01-01"], dtype="datetime64[D]"),
    np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    np.zeros((0, 2)),
]
DTYPES = [np.float64, np.float32, np.float16, np.int64, np.uint8, bool, complex, object]


@st.composite
def arrays(draw, like=None):
    """Draw an array of any type, of any shape or of the shape of another."""
    if like is None or draw(st.booleans()):
        shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
        array = np.full(shape, draw(st.sampled_from(EXTREME)))
    else:
        array = np.array(like)
        if draw(st.booleans()):
            with np.errstate(all="ignore"):
                array *= draw(st.sampled_from(EXTREME))
    values = st.sampled_from(EXTREME if draw(st.booleans()) else EXTREME + NOT_FINITE)
    for _ in range(draw(st.integers(0, 3))):
        if array.size:
            array.flat[draw(st.integers(0, array.size - 1))] = draw(values)
    dtype = draw(st.sampled_from([np.float64] * 8 + DTYPES))
    with np.errstate(all="ignore"):
        array = array.astype(dtype)
    form = draw(st.integers(0, 9))
    if form == 0:
        return array.tolist()
    if form == 1:
        return array.astype(str)
    return np.asfortranarray(array) if form == 2 and array.ndim else array


def wild(value):
    """Draw something in place of an ordinary value."""
    junk = st.sampled_from(JUNK)
    if isinstance(value, int):  # so many steps would be taken
        junk = st.sampled_from([v for v in JUNK if v is not HUGE])
    if isinstance(value, np.ndarray):
        return st.one_of(arrays(value), arrays(value), junk)
    if isinstance(value, bool | int | np.integer):
        return st.one_of(junk, st.integers(-1, 5), st.builds(np.int64, st.just(2)))
    if isinstance(value, float):
        return st.one_of(
            st.sampled_from(EXTREME), st.floats(), st.floats(width=32), arrays(), junk
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return st.one_of(junk, changed(value, value._asdict(), type(value)))
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return st.one_of(junk, changed(value, fields, type(value)))
    if isinstance(value, list):
        return st.one_of(junk, st.lists(wild(value[0]), max_size=3), st.just(value))
    if value is None:
        return st.one_of(junk, arrays())
    return st.one_of(junk, st.just("nonsense"))


@st.composite
def changed(draw, value, fields, make):
    """Draw a record with one field changed; the old one if it refuses."""
    name = draw(st.sampled_from(sorted(fields)))
    try:
        return make(**fields | {name: draw(wild(fields[name]))})
    except (ValueError, TypeError):
        return value


@st.composite
def calls(draw, function):
    """Draw the arguments of a call."""
    names = parameters(function)
    call = {name: draw(st.sampled_from(ordinary(function, name))) for name in names}
    wilder = st.lists(st.sampled_from(sorted(call)), min_size=1, max_size=2)
    for name in draw(wilder):
        example = draw(st.sampled_from(ordinary(function, name)))
        call[name] = draw(wild(example))
    return call


def masked_arguments():
    """Yield every public function with each array that it takes."""
    for parameter in public():
        (function,) = parameter.values
        for name in parameters(function):
            if any(isinstance(v, np.ndarray) for v in ordinary(function, name)):
                yield pytest.param(function, name, id=f"{parameter.id}-{name}")


# -- what must hold ------------------------------------------------------------------


def numbers(result):
    """Yield every array and number in a result, however deep."""
    if isinstance(result, np.ndarray | float | np.floating):
        yield np.asarray(result)
    elif isinstance(result, dict):
        for value in result.values():
            yield from numbers(value)
    elif isinstance(result, tuple | list):
        for value in result:
            yield from numbers(value)
    elif dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            yield from numbers(getattr(result, field.name))


def documented(function):
    """Return the shape that the documentation gives the result, as Python, if any."""
    text = inspect.getdoc(function) or ""
    found = re.search(r"\nReturns\n-+\n\((.*?)\) ndarray", text)
    return found and f"({found[1].replace('−', '-')}{',' * (',' not in found[1])})"


def lengths(call):
    """Return what the letters in documented shapes stand for in a call."""
    letters = dict(call)
    letters |= {"R": np.size(call.get("rhos", 0)), "S": np.size(call.get("strengths"))}
    letters["B"] = np.size(call.get("biases", 0))
    params, x = call.get("params"), call.get("x")
    if params is not None:
        letters |= {k: getattr(params, k) for k in ("n", "m", "p")}
        letters["size"] = getattr(params, "size", None)
    elif "W" in call:
        letters["n"] = len(call["W"])
    if "batch" in call:
        letters |= dict(zip("TB", np.shape(call["batch"].x), strict=False))
    elif x is not None:
        letters |= dict(
            zip("TB" if np.ndim(x) == 3 else "T", np.shape(x), strict=False)
        )
    else:
        letters["T"] = call.get("steps")
    return letters


def answer(function, call):
    """Call, and look at the first item of what comes one by one."""
    result = function(**call)
    if isinstance(result, types.GeneratorType):
        return next(result, None)
    if isinstance(result, Trial):
        return result.run()
    return result


GUARDED = (network.forward, network.loss, backprop.bptt)
METHOD_CALLS = [pytest.param(f, id=f.__name__) for f in dict.fromkeys(METHODS.values())]


@pytest.mark.parametrize("function", [*public(), *METHOD_CALLS])
@given(data=st.data())
@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_numbers(function, data):
    call = data.draw(calls(function), label="call")
    told_by_numpy = () if function in GUARDED else (ArithmeticError, RuntimeWarning)
    try:
        result = answer(function, call)
    except (ValueError, TypeError, *told_by_numpy):
        return
    told = inspect.getdoc(function) or ""
    lowest = -np.inf if "−inf" in told or "∞" in told else -1.8e308
    for array in numbers(result):
        assert not np.isnan(array).any()
        assert (array.real < np.inf).all()
        assert (array.real >= lowest).all()
    shape = documented(function)
    if shape and "..." not in shape:
        assert np.shape(result) == eval(shape, {}, lengths(call))


@pytest.mark.parametrize(("function", "name"), list(masked_arguments()))
def test_what_is_under_a_mask_is_not_used(function, name):
    call = {other: ordinary(function, other)[0] for other in parameters(function)}
    if name == "final_gradient":
        call["target"] = None  # one takes the place of the other
    values = (v for v in ordinary(function, name) if isinstance(v, np.ndarray))
    call[name] = np.ma.masked_array(next(values), mask=False)
    call[name].mask.flat[-1] = True
    with pytest.raises(ValueError, match="masked entries"):
        answer(function, call)


def test_a_mask_that_hides_nothing_is_no_mask():
    W = NETWORK.params.W
    bare = np.ma.masked_array(W, mask=False)
    assert spectral_radius(bare) == spectral_radius(W)
