"""The wall in the error surface of one unit, and the walks over it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_demo.backprop import bptt
from rnn_demo.explorers.cliff_walk import (
    LEARNING_RATE,
    STARTS,
    THRESHOLD,
    cliff_walk_explorer,
    inside,
    walks,
)
from rnn_demo.learning.cliff import OneUnit, descend, surface, wall, wall_slope
from rnn_demo.network import RNNParams, loss


def as_network(w, b, unit):
    params = RNNParams(U=[[0.0]], W=[[w]], b=[b], V=[[unit.v]], c=[unit.c])
    x = np.zeros((unit.steps, 1))
    return params, x, np.full((unit.steps, 1), unit.target), [unit.h0]


@settings(max_examples=25, deadline=None)
@given(
    w=st.floats(-2, 2),
    b=st.floats(-1, 1),
    h0=st.floats(-0.9, 0.9),
    steps=st.integers(1, 30),
)
def test_surface_is_the_last_loss_of_the_network(w, b, h0, steps):
    unit = OneUnit(steps=steps, h0=h0, v=2.0, c=-0.3, target=0.4)
    value, by_w, by_b = surface(w, b, unit)
    params, x, target, first = as_network(w, b, unit)
    assert value == pytest.approx(loss(params, x, target, first).per_step[-1])
    gradients = bptt(params, x, target, first, t=steps)
    np.testing.assert_allclose(by_w, gradients.W[0, 0], rtol=1e-8, atol=1e-13)
    np.testing.assert_allclose(by_b, gradients.b[0], rtol=1e-8, atol=1e-13)


@settings(max_examples=25, deadline=None)
@given(w=st.floats(0.2, 2.2), h0=st.floats(-0.8, 0.8), steps=st.integers(1, 25))
def test_theorem_of_the_wall(w, h0, steps):
    unit = OneUnit(steps=steps, h0=h0)
    _, by_w, by_b = surface(w, wall(w, unit), unit)
    a = unit.v * h0 + unit.c
    y = 1 / (1 + np.exp(-a))
    expected = (y - unit.target) * y * (1 - y) * unit.v * wall_slope(w, unit)
    assert by_b == pytest.approx(expected, rel=1e-4, abs=1e-12)
    assert by_w == pytest.approx(h0 * by_b, rel=1e-4, abs=1e-12)


def test_the_wall_separates_two_plateaus():
    w = np.linspace(1.8, 2.4, 20)
    above, _, _ = surface(w, wall(w) + 0.01)
    below, _, _ = surface(w, wall(w) - 0.01)
    assert below.min() > 5 * above.max()


def test_descent_follows_minus_the_gradient_and_clipping_bounds_the_step():
    free = descend((1.5, 0.1), learning_rate=0.5, steps=3)
    _, by_w, by_b = surface(free.w[:-1], free.b[:-1])
    np.testing.assert_allclose(np.diff(free.w), -0.5 * by_w, rtol=1e-12)
    np.testing.assert_allclose(np.diff(free.b), -0.5 * by_b, rtol=1e-12)

    clipped = descend((1.5, 0.1), learning_rate=0.5, steps=60, clip=0.05)
    step = np.hypot(np.diff(clipped.w), np.diff(clipped.b))
    wanted = 0.5 * np.minimum(clipped.norm[:-1], 0.05)
    np.testing.assert_allclose(step, wanted, rtol=1e-9, atol=1e-15)
    _, by_w, by_b = surface(clipped.w[:-1], clipped.b[:-1])
    cross = np.diff(clipped.w) * by_b - np.diff(clipped.b) * by_w
    assert np.all(abs(cross) <= 1e-9 * step * clipped.norm[:-1] + 1e-18)


def test_many_walks_at_once_are_the_single_ones():
    starts = np.array([[1.5, 1.7, 2.2], [0.1, 0.2, -0.2]])
    together = descend(starts, learning_rate=1.0, steps=8, clip=0.1)
    for i in range(3):
        alone = descend(starts[:, i], learning_rate=1.0, steps=8, clip=0.1)
        np.testing.assert_allclose(together.w[:, i], alone.w, rtol=1e-9)
        np.testing.assert_allclose(together.norm[:, i], alone.norm, rtol=1e-6)


def test_what_the_page_says_about_the_walks():
    paths = walks()
    off, on = paths["A", "off"], paths["A", "on"]
    assert not inside(off.w[-1], off.b[-1])
    assert off.norm[-1] < 1e-100
    assert on.norm.max() > 100 * THRESHOLD
    assert on.loss[-1] < on.loss[0] / 10
    # From D the gradient never reaches the threshold: clipping changes nothing.
    off, on = paths["D", "off"], paths["D", "on"]
    np.testing.assert_array_equal(off.w, on.w)
    assert on.norm.max() < THRESHOLD
    assert on.loss[-1] > 5 * on.loss[0]


def test_explorer_shows_the_walk():
    explorer = cliff_walk_explorer(steps=15)
    path = descend(STARTS["B"], learning_rate=LEARNING_RATE, steps=15, clip=THRESHOLD)
    explorer.value = {"step": 7, "clipping": "on", "start": "B"}
    place = f"w = {path.w[7]:.2f}, b = {path.b[7]:.2f}".replace("-", "−")
    assert place in explorer.sentence
    assert f"Loss {path.loss[7]:.4f}" in explorer.sentence
    explorer.value = {"step": 15, "clipping": "off", "start": "A"}
    assert "outside of the picture" in explorer.sentence


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: surface(np.nan, 0.0), "w must be finite"),
        (lambda: surface(1.0, 0.0, OneUnit(steps=0)), "steps"),
        (lambda: descend((1.0,), learning_rate=1.0, steps=2), "start"),
        (lambda: descend((1.0, 0.0), learning_rate=-1.0, steps=2), "learning_rate"),
        (lambda: descend((1.0, 0.0), learning_rate=1.0, steps=0), "steps"),
        (lambda: descend((1.0, 0.0), learning_rate=1.0, steps=2, clip=0.0), "clip"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
