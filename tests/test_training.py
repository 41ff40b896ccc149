"""Batched BPTT, optimizers and the training loop."""

import itertools

import numpy as np
import pytest

from rnn_demo.backprop import bptt, immediate_terms
from rnn_demo.explorers.lag_task import lag_task_explorer, log_shares
from rnn_demo.learning.runs import STARTS, learn
from rnn_demo.learning.shares import step_shares, term_sizes
from rnn_demo.learning.tasks import first_symbol
from rnn_demo.learning.training import (
    Adam,
    Batch,
    ParamGradients,
    batch_gradient,
    cut_every,
    global_norm,
    predict,
    train,
)
from rnn_demo.matrices import random_params
from rnn_demo.network import ACTIVATIONS, RNNParams, loss


class SGD:
    """θ ← θ − η g."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def update(self, gradients):
        return [-self.learning_rate * g for g in gradients]


def problem(seed=0, n=5, m=3, p=2, steps=7, size=4, weight=None):
    """A network with biases and a batch whose every step is judged."""
    rng = np.random.default_rng(seed)
    params = random_params(n, m, p, rho=1.1, seed=rng)
    params = params.replace(b=rng.normal(size=n), c=rng.normal(size=p))
    x = rng.normal(size=(steps, size, m))
    target = rng.uniform(size=(steps, size, p))
    return params, Batch(x, target, np.ones(steps) if weight is None else weight)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_gradient_is_the_mean_of_bptt_over_the_batch(activation):
    params, batch = problem()
    size = batch.x.shape[1]
    result = batch_gradient(params, batch, activation)
    sequences = [(batch.x[:, s], batch.target[:, s]) for s in range(size)]
    single = [bptt(params, *pair, activation=activation) for pair in sequences]
    for name in ParamGradients._fields:
        expected = np.mean([getattr(g, name) for g in single], axis=0)
        np.testing.assert_allclose(
            getattr(result.gradients, name), expected, rtol=1e-12, atol=1e-14
        )
    total = [loss(params, *pair, activation=activation).total for pair in sequences]
    assert result.loss == pytest.approx(np.mean(total), rel=1e-13)


def test_weight_selects_the_judged_steps():
    weight = np.zeros(7)
    weight[4] = 1
    params, batch = problem(weight=weight)
    single = [
        bptt(params, batch.x[:, s], batch.target[:, s], t=5).W
        for s in range(batch.x.shape[1])
    ]
    gradient = batch_gradient(params, batch).gradients.W
    np.testing.assert_allclose(
        gradient, np.mean(single, axis=0), rtol=1e-12, atol=1e-15
    )


def test_gradient_agrees_with_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    params, batch = problem(seed=3, weight=np.arange(7.0))

    def mean_loss(p):
        h, total = jnp.zeros((batch.x.shape[1], params.n)), 0.0
        for x, target, w in zip(*batch, strict=True):
            h = jnp.tanh(x @ p["U"].T + h @ p["W"].T + p["b"])
            y = jax.nn.sigmoid(h @ p["V"].T + p["c"])
            total += w * 0.5 * jnp.sum((y - target) ** 2)
        return total / batch.x.shape[1]

    arrays = {name: jnp.array(getattr(params, name)) for name in "UWbVc"}
    expected = jax.grad(mean_loss)(arrays)
    ours = batch_gradient(params, batch).gradients
    for name in "UWbVc":
        np.testing.assert_allclose(
            getattr(ours, name), expected[name], rtol=1e-10, atol=1e-13
        )


def test_sgd_update_is_minus_learning_rate_times_the_clipped_gradient():
    params, batch = problem()
    gradients = batch_gradient(params, batch).gradients
    (update,) = train(params, [batch], SGD(0.3), clip=0.01)
    factor = 0.3 * 0.01 / global_norm(gradients)
    for name in "UWbVc":
        np.testing.assert_allclose(
            getattr(update.params, name),
            getattr(params, name) - factor * getattr(gradients, name),
            rtol=1e-13,
        )
    assert update.norm == pytest.approx(global_norm(gradients))
    assert update.number == 1


def test_adam_follows_its_published_recursion():
    rng = np.random.default_rng(0)
    adam = Adam(0.01)
    m = v = 0.0
    for t in range(1, 6):
        g = rng.normal(size=(2, 3))
        (step, *_) = adam.update([g] * 5)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        expected = -0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(step, expected, rtol=1e-12)


def test_adam_undoes_a_common_factor_of_the_gradient():
    g = np.random.default_rng(1).normal(size=4)
    small, large = (Adam(0.1, epsilon=0).update([c * g] * 5)[0] for c in (1e-9, 1e9))
    np.testing.assert_allclose(small, large, rtol=1e-12)


@pytest.mark.parametrize("name", ["beta1", "beta2"])
@pytest.mark.parametrize("value", [-0.1, 1.0, 2])
def test_adam_refuses_means_that_do_not_decay(name, value):
    message = f"{name} must be at least 0 and below 1, but is {float(value)}"
    with pytest.raises(ValueError, match=message):
        Adam(0.1, **{name: value})


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        ([np.nan] * 5, r"gradients\[0\] must be finite"),
        ([1.0] * 4, "gradients must hold 5 arrays, but holds 4"),
        ([1e200] * 5, "float range"),  # its square is infinite
        ([0.0] * 5, "float range"),  # 0/0 without an epsilon
    ],
)
def test_adam_refuses_gradients_that_it_cannot_follow(gradients, message):
    with pytest.raises(ValueError, match=message):
        Adam(0.1, epsilon=0).update(gradients)


@pytest.mark.parametrize("tau", [1, 2, 3, 6, 7, 20])
def test_cutting_in_chunks_equals_separate_chunks_with_given_first_state(tau):
    params, batch = problem(size=1)
    expected = np.zeros_like(params.W)
    h0 = np.zeros(params.n)
    for first in range(0, 7, tau):
        x, target = (a[first : first + tau, 0] for a in batch[:2])
        expected += bptt(params, x, target, h0).W
        states = batch_gradient(params, batch).h
        h0 = states[min(first + tau, 7) - 1, 0]
    ours = batch_gradient(params, batch, carry=cut_every(tau, 7)).gradients.W
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-15)


def test_truncated_training_uses_the_cut_gradient():
    params, batch = problem()
    (update,) = train(params, [batch], SGD(1.0), truncate=2)
    cut = batch_gradient(params, batch, carry=cut_every(2, 7)).gradients
    np.testing.assert_allclose(update.params.W, params.W - cut.W, rtol=1e-14)


def test_shares_are_the_immediate_terms():
    params = random_params(6, 4, 4, seed=0)
    batch = next(first_symbol(8, 5, seed=1))
    sizes = np.array(
        [
            np.linalg.norm(
                immediate_terms(params, batch.x[:, s], batch.target[:, s], 9, "U"),
                axis=(1, 2),
            )
            for s in range(5)
        ]
    ).T
    np.testing.assert_allclose(term_sizes(params, batch), sizes / 5, rtol=1e-12)
    shares = sizes.mean(axis=1) / sizes.mean(axis=1).sum()
    np.testing.assert_allclose(step_shares(params, batch), shares, rtol=1e-12)


def test_same_seed_same_run():
    one, two, other = (learn("ρ = 0.9", 3, s, updates=6, units=5) for s in (4, 4, 5))
    for name in "UWbVc":
        np.testing.assert_array_equal(
            getattr(one.after, name), getattr(two.after, name)
        )
    np.testing.assert_array_equal(one.scores, two.scores)
    assert not np.array_equal(one.after.W, other.after.W)


def test_a_short_lag_is_learned_and_starts_differ_only_in_w():
    runs = [learn(start, 2, 0) for start in STARTS]
    assert all(run.scores[-1] >= 0.99 for run in runs)
    gaussian = [run.before for run in runs if run.start != "orthogonal"]
    for params in gaussian[1:]:
        np.testing.assert_array_equal(params.U, gaussian[0].U)
        np.testing.assert_array_equal(params.V, gaussian[0].V)


@pytest.fixture(scope="module")
def tiny_runs():
    return [
        learn(start, lag, seed, updates=4, units=6, score_every=2)
        for start in ("ρ = 0.5", "orthogonal")
        for lag in (3, 20)
        for seed in (0, 1)
    ]


def test_lag_explorer_says_what_the_runs_say(tiny_runs):
    explorer = lag_task_explorer(tiny_runs)
    for lag, start in itertools.product((3, 20), ("ρ = 0.5", "orthogonal")):
        explorer.value = {"lag": lag, "start": start}
        chosen = [r for r in tiny_runs if (r.lag, r.start) == (lag, start)]
        solved = sum(r.scores[-1] >= 0.99 for r in chosen)
        assert f"Lag {lag}, {start}: {solved} of 2 seeds" in explorer.sentence
    share = 10 ** log_shares(tiny_runs[0].before, tiny_runs[0])
    assert share.sum() == pytest.approx(1)


def test_lag_explorer_wants_complete_runs(tiny_runs):
    with pytest.raises(ValueError, match="same number of seeds"):
        lag_task_explorer(tiny_runs[1:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, b: predict(p, b.x[:, 0]), "x must have shape"),
        (lambda p, b: predict(p, b.x[:0]), "at least one step"),
        (lambda p, b: batch_gradient(p, b._replace(target=b.x)), "target"),
        (lambda p, b: batch_gradient(p, b._replace(weight=[1.0])), "weight"),
        (lambda p, b: batch_gradient(p, b, carry=[1.0]), "carry"),
        (lambda p, b: batch_gradient(p, b, "step"), "activation"),
        (lambda p, b: cut_every(0, 5), "tau"),
        (lambda p, b: Adam(-1), "learning_rate"),
        (lambda p, b: next(train(p, [b], SGD(1), clip=-1.0)), "max_norm"),
        (lambda p, b: learn("ρ = 7", 3, 0), "start"),
        (lambda p, b: learn("ρ = 0.5", 3, 0, "sorting"), "task"),
        (lambda p, b: learn("ρ = 0.5", 3, 0, updates=0), "updates"),
    ],
)
def test_bad_input(call, message):
    params, batch = problem()
    with pytest.raises(ValueError, match=message):
        call(params, batch)


def test_training_leaves_the_start_alone():
    params, batch = problem()
    copy = RNNParams(*(getattr(params, name) for name in "UWbVc"))
    list(train(params, [batch] * 3, Adam(0.1)))
    for name in "UWbVc":
        np.testing.assert_array_equal(getattr(params, name), getattr(copy, name))
