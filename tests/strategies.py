"""Random networks for the property tests."""

from typing import NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from rnn_demo.matrices import FAMILIES, random_matrix
from rnn_demo.network import ACTIVATIONS, RNNParams

# A busy machine is no failure.
settings.register_profile("rnn_demo", deadline=None)
settings.load_profile("rnn_demo")

activations = st.sampled_from(sorted(ACTIVATIONS))
smooth_activations = st.sampled_from(["tanh", "logistic", "identity"])
parameters = st.sampled_from(["U", "W", "b", "V", "c", "h0", "x"])


class Problem(NamedTuple):
    """A network with something to run it on; every entry is drawn, none is 0."""

    params: RNNParams
    x: np.ndarray
    target: np.ndarray
    h0: np.ndarray


def problem(seed, n=4, m=3, p=2, steps=6, rho=1.0, family="gaussian"):
    rng = np.random.default_rng(seed)
    return Problem(
        RNNParams(
            U=rng.normal(size=(n, m)),
            W=rho * random_matrix(n, family, seed=rng),
            b=rng.normal(size=n),
            V=rng.normal(size=(p, n)),
            c=rng.normal(size=p),
        ),
        rng.normal(size=(steps, m)),
        rng.uniform(size=(steps, p)),
        rng.normal(size=n),
    )


@st.composite
def problems(draw, max_size=5, max_steps=8):
    size = st.integers(1, max_size)
    return problem(
        draw(st.integers(0, 2**32 - 1)),
        n=draw(size),
        m=draw(size),
        p=draw(size),
        steps=draw(st.integers(1, max_steps)),
        # Tiny radii would underflow in the plain products these are held against.
        rho=draw(st.one_of(st.just(0.0), st.floats(0.01, 2.0))),
        family=draw(st.sampled_from(FAMILIES)),
    )
