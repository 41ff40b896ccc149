"""Time rnn_demo against what a reader would otherwise use.

Run ``python benchmarks/bench.py``. It prints a table and writes it to
``benchmarks/RESULTS.md``. All contestants of one row compute the same numbers,
which is checked, and take turns within one run: read the ratios, not the times.
JAX and PyTorch take part where they are installed. JAX's compilation is not
counted.
"""

import argparse
import datetime
import importlib
import importlib.metadata
import itertools
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from rnn_demo.bptt import bptt
from rnn_demo.model import forward, random_params
from rnn_demo.norms import sweep
from rnn_demo.numerical import numerical_gradient, numerical_gradient_loop
from rnn_demo.spectral import scale_to_spectral_radius

M, P = 8, 4  # inputs and outputs of every network here
BUDGET = 4.0  # seconds spent on one row, about


def optional(name):
    """Import a module, or return None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


jax = optional("jax")
torch = optional("torch")
if jax is not None:
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy


def network(n, steps):
    """Return a network, inputs and targets."""
    rng = np.random.default_rng(0)
    params = random_params(n, M, P, seed=rng)
    return params, rng.normal(size=(steps, M)), rng.uniform(size=(steps, P))


def medians(contestants):
    """Return the median seconds of each, taking turns until the budget is spent."""
    times = {name: [] for name in contestants}
    for run in contestants.values():  # compilation, caches, thread pools
        run()
    start = time.perf_counter()
    for turn in itertools.count():
        if turn >= 5 and time.perf_counter() - start > BUDGET:
            break
        for name, run in contestants.items():
            # A slow contestant has its say in three runs.
            if turn >= 3 and times[name][0] > BUDGET / 8:
                continue
            before = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - before)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def agree(contestants, tolerance):
    """Raise unless all contestants return the same array, to a tolerance."""
    reference = np.asarray(contestants["rnn_demo"]())
    for name, run in contestants.items():
        np.testing.assert_allclose(
            np.asarray(run()), reference, rtol=tolerance, atol=tolerance, err_msg=name
        )


def sweep_row():
    """Gradient norms on a grid of spectral radii."""
    params, x, target = network(64, 100)
    rhos = np.linspace(0.1, 2, 200)
    W = scale_to_spectral_radius(params.W, 1)
    U, V = params.U, params.V

    def loop():
        norms = np.empty((rhos.size, len(x)))
        for row, rho in zip(norms, rhos, strict=True):
            own = params.replace(W=rho * W)
            _, h, y, _ = forward(own, x)
            g = V.T @ ((y[-1] - target[-1]) * y[-1] * (1 - y[-1]))
            for t in range(len(x) - 1, -1, -1):
                row[t] = np.log10(np.linalg.norm(g))
                g = own.W.T @ ((1 - h[t] ** 2) * g)
        return norms

    contestants = {"rnn_demo": lambda: sweep(rhos, params, x, target), "loop": loop}
    if jax is not None:

        def one(rho):
            def step(h, x_t):
                h = jnp.tanh(U @ x_t + rho * (W @ h))
                return h, h

            def back(g, h):
                return rho * (W.T @ ((1 - h * h) * g)), jnp.log10(jnp.linalg.norm(g))

            h, hs = jax.lax.scan(step, jnp.zeros(params.n), x)
            y = jax.nn.sigmoid(V @ h)
            g = V.T @ ((y - target[-1]) * y * (1 - y))
            return jax.lax.scan(back, g, hs, reverse=True)[1]

        compiled = jax.jit(jax.vmap(one))
        contestants["JAX"] = lambda: compiled(rhos).block_until_ready()
    if torch is not None:
        tW, tU, tV, tx, ty, tr = map(torch.tensor, (W, U, V, x, target[-1], rhos))

        def autograd():
            h = torch.zeros(rhos.size, params.n, dtype=torch.float64)
            h.requires_grad_(True)
            drive, hs = tx @ tU.T, []
            for drive_t in drive:
                h = torch.tanh(drive_t + tr[:, None] * (h @ tW.T))
                hs.append(h)
            total = 0.5 * ((torch.sigmoid(h @ tV.T) - ty) ** 2).sum()
            grads = torch.autograd.grad(total, hs)
            return torch.log10(torch.stack([g.norm(dim=1) for g in grads], 1))

        contestants["PyTorch"] = lambda: autograd().numpy()
    agree(contestants, 1e-6)
    return "sweep, 200 ρ × 100 lags, n = 64", medians(contestants)


def losses(params, x, target):
    """Return the loss as a function of (U, W, b, V, c), in JAX and in PyTorch."""

    def in_jax(U, W, b, V, c):
        def step(h, x_t):
            h = jnp.tanh(U @ x_t + W @ h + b)
            return h, h

        hs = jax.lax.scan(step, jnp.zeros(params.n), x)[1]
        return 0.5 * jnp.sum((jax.nn.sigmoid(hs @ V.T + c) - target) ** 2)

    def in_torch(U, W, b, V, c):
        h, hs = torch.zeros(params.n, dtype=torch.float64), []
        for drive_t in torch.tensor(x) @ U.T + b:
            h = torch.tanh(drive_t + W @ h)
            hs.append(h)
        y = torch.sigmoid(torch.stack(hs) @ V.T + c)
        return 0.5 * ((y - torch.tensor(target)) ** 2).sum()

    return in_jax, in_torch


def numerical_row(n):
    """Central differences by every entry of W."""
    params, x, target = network(n, 50)
    U, W, b, V, c = (getattr(params, name) for name in "UWbVc")
    in_jax, in_torch = losses(params, x, target)
    eps = 1e-5
    contestants = {
        "rnn_demo": lambda: numerical_gradient(params, x, target, step=eps),
        "loop": lambda: numerical_gradient_loop(params, x, target, step=eps),
    }
    E = np.eye(n * n).reshape(-1, n, n) * eps
    if jax is not None:

        def differences(W, E):
            run = jax.vmap(lambda W: in_jax(U, W, b, V, c))
            return ((run(W + E) - run(W - E)) / (2 * eps)).reshape(n, n)

        compiled = jax.jit(differences)
        contestants["JAX"] = lambda: compiled(W, E).block_until_ready()
    if torch is not None:
        tU, tW, tb, tV, tc, tE = map(torch.tensor, (U, W, b, V, c, E))
        run = torch.func.vmap(lambda W: in_torch(tU, W, tb, tV, tc))

        def torch_differences():
            return ((run(tW + tE) - run(tW - tE)) / (2 * eps)).reshape(n, n).numpy()

        contestants["PyTorch"] = torch_differences
    agree(contestants, 1e-8)
    return f"central differences by W, n = {n}, T = 50", medians(contestants)


def bptt_row():
    """All five gradients of one sequence."""
    params, x, target = network(64, 100)
    arrays = [getattr(params, name) for name in "UWbVc"]
    in_jax, in_torch = losses(params, x, target)

    def flat(gradients):
        return np.concatenate([np.ravel(g) for g in gradients])

    contestants = {"rnn_demo": lambda: bptt(params, x, target)[:5]}
    if jax is not None:
        compiled = jax.jit(jax.grad(in_jax, argnums=(0, 1, 2, 3, 4)))
        contestants["JAX"] = lambda: jax.block_until_ready(compiled(*arrays))
    if torch is not None:

        def autograd():
            leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
            return [g.numpy() for g in torch.autograd.grad(in_torch(*leaves), leaves)]

        contestants["PyTorch"] = autograd
    agree({k: lambda f=f: flat(f()) for k, f in contestants.items()}, 1e-9)
    return "BPTT, n = 64, T = 100", medians(contestants)


def import_row():
    """A new interpreter, less the start of the interpreter itself."""
    seconds = {"pass": [], "import numpy": [], "import rnn_demo": []}
    for _ in range(11):
        for code, times in seconds.items():
            before = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - before)
    bare, numpy, rnn_demo = (statistics.median(times) for times in seconds.values())
    return "import", {"rnn_demo": rnn_demo - bare, "NumPy": numpy - bare}


def table(rows):
    """Return the results as Markdown."""
    peers = ["JAX", "PyTorch", "loop", "NumPy"]
    peers = [peer for peer in peers if any(peer in times for _, times in rows)]
    lines = [
        "| work | rnn_demo | " + " | ".join(peers) + " |",
        "| --- | ---: |" + " ---: |" * len(peers),
    ]
    for work, times in rows:
        own = times["rnn_demo"]
        cells = [
            f"{times[peer] * 1e3:.1f} ms ({own / times[peer]:.2g} ×)"
            if peer in times
            else ""
            for peer in peers
        ]
        lines.append(f"| {work} | {own * 1e3:.2f} ms | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine():
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def load_average():
    """Return the processes that wanted to run over the last minute, ours included.

    Above the number of cores, threaded BLAS waits for its own threads and the
    table says little.
    """
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).with_name("RESULTS.md")
    )
    output = parser.parse_args().output
    before = load_average()
    rows = [sweep_row(), numerical_row(32), numerical_row(64), bptt_row(), import_row()]
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    versions += [
        f"{title} {importlib.metadata.version(title.lower())}"
        for title, module in (("JAX", jax), ("Torch", torch))
        if module is not None
    ]
    report = (
        "# Benchmarks\n\n"
        "Written by `benchmarks/bench.py`. Times are medians; in brackets, the time\n"
        "of rnn_demo over that time (below 1, rnn_demo is faster).\n\n"
        f"- Date: {datetime.date.today().isoformat()}\n"
        f"- Machine: {machine()}, {os.cpu_count()} cores\n"
        f"- Load average before and after: {before}, {load_average()}\n"
        f"- Versions: {', '.join(versions)}\n\n" + table(rows) + "\n"
    )
    output.write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
