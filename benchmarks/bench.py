"""Time rnn_demo against what a reader would otherwise use.

``make bench`` runs it. It prints a report and writes it to ``benchmarks/RESULTS.md``.
All contestants of one row compute the same numbers, which is checked, and take turns
within one run: read the ratios, not the times. JAX and PyTorch take part where they
are installed; their compilation is not counted. Everything is measured twice, each
time in a process of its own: with all cores, and with one, where no thread waits for
another. The pages and the laboratory follow (`pages.py`, `laboratory.py`), and with
``--build`` also ``make book``, which takes minutes.
"""

import argparse
import datetime
import importlib
import importlib.metadata
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import figures
import laboratory
import numpy as np
import pages

from rnn_demo.backprop import bptt
from rnn_demo.differences import numerical_gradient, numerical_gradient_loop
from rnn_demo.learning.training import Batch, batch_gradient
from rnn_demo.many import sweep
from rnn_demo.matrices import random_params, scale_to_spectral_radius
from rnn_demo.norms import gradient_norms

HERE = Path(__file__).parent
M, P = 8, 4  # inputs and outputs of every network here
BUDGET = 4.0  # seconds spent on one row, about
TURN = 0.02  # seconds of calls in a row that one turn takes, at least
EIGENVALUES = "eigenvalues of W, once in a sweep"
SWEEP = "sweep, 50 ρ, without the eigenvalues"
MARGIN = 0.15  # of an exponent, for the noise of two times
PEERS = ("JAX", "JAX, plain", "PyTorch", "textbook loop", "library's loop", "NumPy")


def optional(name):
    """Import a module, or return None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# ---- Taking times ----


def compare(contestants, tolerance):
    """Return the median seconds of each, after checking that they agree.

    They take turns, so that whatever else the machine does falls on all. A turn
    of a fast contestant is many calls, so that its caches are its own.
    """
    reference, calls = None, {}
    for name, run in contestants.items():
        run()  # compilation, thread pools
        before = time.perf_counter()
        result = np.asarray(run())
        calls[name] = max(1, round(TURN / (time.perf_counter() - before)))
        reference = result if reference is None else reference
        np.testing.assert_allclose(
            result, reference, rtol=tolerance, atol=tolerance, err_msg=name
        )
    times = {name: [] for name in contestants}
    start = time.perf_counter()
    for turn in itertools.count():
        if turn >= 5 and time.perf_counter() - start > BUDGET:
            break
        for name, run in contestants.items():
            # A slow contestant has its say in three runs.
            if turn >= 3 and times[name][0] > BUDGET / 8:
                continue
            before = time.perf_counter()
            for _ in range(calls[name]):
                run()
            times[name].append((time.perf_counter() - before) / calls[name])
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def network(n, steps):
    """Return a network, inputs and targets."""
    rng = np.random.default_rng(0)
    params = random_params(n, M, P, seed=rng)
    return params, rng.normal(size=(steps, M)), rng.uniform(size=(steps, P))


def flat(gradients):
    return np.concatenate([np.ravel(g) for g in gradients])


# ---- The rows: the work, the seconds of each, and the ratios to reach ----


def sweep_row(jax, torch):
    """Gradient norms on a grid of spectral radii."""
    params, x, target = network(64, 100)
    rhos = np.linspace(0.1, 2, 200)
    W = scale_to_spectral_radius(params.W, 1)
    U, V = params.U, params.V

    def loop():
        norms = np.empty((rhos.size, len(x)))
        for row, rho in zip(norms, rhos, strict=True):
            own, h, hs = rho * W, np.zeros(params.n), []
            for x_t in x:
                h = np.tanh(U @ x_t + own @ h + params.b)
                hs.append(h)
            y = 1 / (1 + np.exp(-(V @ h + params.c)))
            g = V.T @ ((y - target[-1]) * y * (1 - y))
            for t in range(len(x) - 1, -1, -1):
                row[t] = np.log10(np.linalg.norm(g))
                g = own.T @ ((1 - hs[t] ** 2) * g)
        return norms

    contestants = {
        "rnn_demo": lambda: sweep(rhos, params, x, target),
        "textbook loop": loop,
    }
    if jax is not None:
        jnp = jax.numpy

        def norms(times_W, times_W_T):
            def step(h, x_t):
                h = jnp.tanh(U @ x_t + times_W(h))
                return h, h

            def back(g, h):
                return times_W_T((1 - h * h) * g), jnp.log10(jnp.linalg.norm(g))

            h, hs = jax.lax.scan(step, jnp.zeros(params.n), x)
            y = jax.nn.sigmoid(V @ h)
            g = V.T @ ((y - target[-1]) * y * (1 - y))
            return jax.lax.scan(back, g, hs, reverse=True)[1]

        def factored(rho):  # one W for all: vmap makes matrix products of these
            return norms(lambda h: rho * (W @ h), lambda d: rho * (W.T @ d))

        def plain(rho):  # a W for each
            own = rho * W
            return norms(lambda h: own @ h, lambda d: own.T @ d)

        for name, one in (("JAX", factored), ("JAX, plain", plain)):
            run = jax.jit(jax.vmap(one))
            contestants[name] = lambda run=run: run(rhos).block_until_ready()
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
    return (
        "sweep, 200 ρ × 100 lags, n = 64",
        compare(contestants, 1e-6),
        {"JAX": 0.5, "PyTorch": 0.5, "textbook loop": 1 / 12},
    )


def jax_loss(jax, target):
    """Return the loss of one sequence, or the sum over a batch (T, B, m)."""
    jnp = jax.numpy

    def loss(U, W, b, V, c, x):
        def step(h, x_t):
            h = jnp.tanh(x_t @ U.T + h @ W.T + b)
            return h, h

        start = jnp.zeros((*x.shape[1:-1], b.size))
        hs = jax.lax.scan(step, start, x)[1]
        return 0.5 * jnp.sum((jax.nn.sigmoid(hs @ V.T + c) - target) ** 2)

    return loss


def torch_loss(torch, target):
    """Return the same in PyTorch."""
    target = torch.tensor(target)

    def loss(U, W, b, V, c, x):
        h, hs = torch.zeros((*x.shape[1:-1], len(b)), dtype=torch.float64), []
        for drive_t in x @ U.T + b:
            h = torch.tanh(drive_t + h @ W.T)
            hs.append(h)
        y = torch.sigmoid(torch.stack(hs) @ V.T + c)
        return 0.5 * ((y - target) ** 2).sum()

    return loss


def numerical_row(jax, torch, n):
    """Central differences by every entry of W."""
    params, x, target = network(n, 50)
    U, W, b, V, c = (getattr(params, name) for name in "UWbVc")
    eps = 1e-5

    def textbook_loss(W):
        h, total = np.zeros(n), 0.0
        for x_t, target_t in zip(x, target, strict=True):
            h = np.tanh(U @ x_t + W @ h + b)
            y = 1 / (1 + np.exp(-(V @ h + c)))
            total += 0.5 * np.sum((y - target_t) ** 2)
        return total

    def textbook():
        gradient = np.empty((n, n))
        for i in range(n):
            for j in range(n):
                plus, minus = W.copy(), W.copy()
                plus[i, j] += eps
                minus[i, j] -= eps
                difference = textbook_loss(plus) - textbook_loss(minus)
                gradient[i, j] = difference / (2 * eps)
        return gradient

    contestants = {
        "rnn_demo": lambda: numerical_gradient(params, x, target, step=eps),
        "library's loop": lambda: numerical_gradient_loop(params, x, target, step=eps),
        "textbook loop": textbook,
    }
    E = np.eye(n * n).reshape(-1, n, n) * eps
    if jax is not None:
        run = jax.vmap(lambda W: jax_loss(jax, target)(U, W, b, V, c, x))
        both = jax.jit(lambda W, E: (run(W + E) - run(W - E)) / (2 * eps))
        contestants["JAX"] = lambda: both(W, E).block_until_ready().reshape(n, n)
    if torch is not None:
        tU, tW, tb, tV, tc, tx, tE = map(torch.tensor, (U, W, b, V, c, x, E))
        many = torch.func.vmap(
            lambda W: torch_loss(torch, target)(tU, W, tb, tV, tc, tx)
        )
        contestants["PyTorch"] = lambda: (
            ((many(tW + tE) - many(tW - tE)) / (2 * eps)).reshape(n, n).numpy()
        )
    return (
        f"central differences by W, n = {n}, T = 50",
        compare(contestants, 1e-8),
        {"JAX": 0.6, "textbook loop": 1 / 45},
    )


def bptt_row(jax, torch, size):
    """All five gradients of one sequence, or of a batch."""
    params, x, target = network(64, 100)
    work, scale = "one sequence", 1
    contestants = {"rnn_demo": lambda: flat(bptt(params, x, target)[:5])}
    if size is not None:
        rng = np.random.default_rng(1)
        x, target = (rng.uniform(size=(100, size, k)) for k in (M, P))
        batch = Batch(x, target, np.ones(100))
        work, scale = f"a batch of {size}", size
        contestants = {
            "rnn_demo": lambda: flat(batch_gradient(params, batch).gradients)
        }
    arrays = [getattr(params, name) for name in "UWbVc"]
    if jax is not None:
        gradient = jax.jit(jax.grad(jax_loss(jax, target), argnums=tuple(range(5))))

        def in_jax():
            return flat(jax.block_until_ready(gradient(*arrays, x))) / scale

        contestants["JAX"] = in_jax
    if torch is not None:
        tx, loss = torch.tensor(x), torch_loss(torch, target)

        def in_torch():
            leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
            gradients = torch.autograd.grad(loss(*leaves, tx), leaves)
            return flat([g.numpy() for g in gradients]) / scale

        contestants["PyTorch"] = in_torch
    return (
        f"BPTT, n = 64, T = 100, {work}",
        compare(contestants, 1e-9),
        {"JAX": 1.0, "PyTorch": 0.15},
    )


def import_row():
    """A new interpreter, less the start of the interpreter itself."""
    seconds = {"pass": [], "import numpy": [], "import rnn_demo": []}
    for _ in range(15):
        for code, times in seconds.items():
            before = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - before)
    bare, numpy, rnn_demo = (statistics.median(times) for times in seconds.values())
    return (
        "import",
        {"rnn_demo": rnn_demo - bare, "NumPy": numpy - bare},
        {"NumPy": 1.5},
    )


# ---- How the cost grows ----


def seconds_of(run):
    """Return the smallest of a few times: growth is about the work, not the noise."""
    run()
    best, start = np.inf, time.perf_counter()
    for turn in itertools.count():
        if turn >= 3 and time.perf_counter() - start > 0.25:
            return best
        before = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - before)


def scaling():
    """Return seconds for a range of T (n = 64) and of n (T = 100)."""
    works = {
        "forward and BPTT": bptt,
        "gradient norms": gradient_norms,
        SWEEP: lambda *net: sweep(np.linspace(0.1, 2, 50), *net),
    }
    grids = {
        "T": ([10, 30, 100, 300, 1000, 3000, 10_000], lambda T: network(64, T)),
        "n": ([8, 16, 32, 64, 128, 256, 512], lambda n: network(n, 100)),
    }
    curves = {}
    for letter, (values, build) in grids.items():
        nets = [build(value) for value in values]
        times = {
            name: np.array(
                [seconds_of(lambda w=work, net=net: w(*net)) for net in nets]
            )
            for name, work in works.items()
        }
        # Once for each sweep, at a cost of n³, and so not part of a step's.
        eigenvalues = np.array(
            [
                seconds_of(lambda net=net: scale_to_spectral_radius(net[0].W, 1))
                for net in nets
            ]
        )
        times[SWEEP] -= eigenvalues
        times = {name: list(seconds) for name, seconds in times.items()}
        times[EIGENVALUES] = list(eigenvalues)
        curves[letter] = {"values": values, "times": times}
    return curves


def memory():
    """Return the peak bytes of all n² differences, for a few n."""
    peaks = {}
    for n in (32, 64, 128):
        net = network(n, 2)
        tracemalloc.start()
        numerical_gradient(*net)
        peaks[n] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peaks


def profile():
    """Return the seconds of the steps a sweep cannot do without, and of all of it."""
    params, x, target = network(64, 100)
    rhos = np.linspace(0.1, 2, 200)
    rng = np.random.default_rng(0)
    W = rng.normal(size=(64, 64))
    h, out = rng.normal(size=(2, 64, 200))

    def hundred(operation):
        return seconds_of(lambda: [operation() for _ in range(100)])

    return {
        "whole": seconds_of(lambda: sweep(rhos, params, x, target)),
        "200 products (64, 64) × (64, 200)": 2 * hundred(lambda: np.dot(W, h, out=out)),
        "100 tanh of (64, 200)": hundred(lambda: np.tanh(h, out=out)),
        "eigenvalues of W and their reliability": seconds_of(
            lambda: scale_to_spectral_radius(params.W, 1)
        ),
    }


# ---- The report ----


def measure():
    """Return everything measured in this process, as JSON can hold it."""
    jax, torch = optional("jax"), optional("torch")
    cores = usable_cores()
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
    if torch is not None:
        torch.set_num_threads(cores)
    versions = {"Python": platform.python_version(), "NumPy": np.__version__}
    for title, module in (("JAX", jax), ("PyTorch", torch)):
        if module is not None:
            versions[title] = module.__version__
    before = load_average()
    rows = [
        sweep_row(jax, torch),
        numerical_row(jax, torch, 32),
        numerical_row(jax, torch, 64),
        bptt_row(jax, torch, None),
        bptt_row(jax, torch, 64),
        import_row(),
    ]
    return {
        "cores": cores,
        "versions": versions,
        "rows": rows,
        "profile": profile(),
        "scaling": scaling() if cores == 1 else None,
        "memory": memory(),
        "load": f"{before}, {load_average()}",
    }


def usable_cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def measure_with(cores):
    """Run `measure` in a process that may use only these cores."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        run = subprocess.run(
            [sys.executable, __file__, "--json"],
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
    finally:
        os.sched_setaffinity(0, own)
    return json.loads(run.stdout)


def milliseconds(seconds):
    return f"{seconds * 1e3:.{2 if seconds < 0.01 else 1 if seconds < 0.1 else 0}f}"


def markdown(header, rows):
    """Return a table; columns after the first are numbers, to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def table(rows):
    """Return the times, and in brackets the ratios."""
    peers = [peer for peer in PEERS if any(peer in times for _, times, _ in rows)]
    lines = []
    for work, times, _ in rows:
        own = times["rnn_demo"]
        cells = [
            f"{milliseconds(times[peer])} ({own / times[peer]:.2g} ×)"
            if peer in times
            else ""
            for peer in peers
        ]
        lines.append([work, f"**{milliseconds(own)}**", *cells])
    return markdown(["work (ms)", "rnn_demo", *peers], lines)


def targets(rows):
    """Return what was to be reached, and whether it was."""
    lines = []
    for work, times, wanted in rows:
        for peer, ratio in wanted.items():
            if peer not in times:
                continue
            measured = times["rnn_demo"] / times[peer]
            if ratio < 0.1:
                cells = f"{1 / measured:.1f} × faster", f"≥ {1 / ratio:.0f} ×"
            else:
                cells = f"{measured:.2f} ×", f"≤ {ratio:g} ×"
            verdict = "yes" if measured <= ratio else "no"
            lines.append([f"{work}, against {peer}", *cells, verdict])
    return markdown(["work", "measured", "wanted", "reached"], lines)


def bounds(parts):
    """Return what bounds the sweep."""
    lines = [
        [part, milliseconds(seconds), f"{seconds / parts['whole']:.0%}"]
        for part, seconds in parts.items()
    ]
    return markdown(["part of the sweep", "ms", "share"], lines)


def growth(curves):
    """Return tables of the scaling, with the exponent over the last decade."""
    parts = []
    for letter, curve in curves.items():
        values, power = curve["values"], {"T": 1, "n": 2}[letter]
        header = [f"{letter} (ms)", *map(str, values), "exponent", "wanted", "reached"]
        lines = []
        first = max(k for k, value in enumerate(values) if value <= values[-1] / 8)
        for name, times in curve["times"].items():
            exponent = np.log(times[-1] / times[first])
            exponent /= np.log(values[-1] / values[first])
            verdict = "yes" if exponent <= power + MARGIN else "no"
            cells = [f"{exponent:.2f}", f"≤ {power} + {MARGIN}", verdict]
            if name == EIGENVALUES:
                cells[1:] = "", ""
            lines.append([name, *map(milliseconds, times), *cells])
        parts.append(markdown(header, lines))
    return "\n\n".join(parts)


def draw(curves, path):
    """Draw the scaling, each with a guide of the exponent it must not exceed."""
    import matplotlib.pyplot as plt

    look = {"svg.hashsalt": "scaling", "figure.facecolor": "white"}
    with plt.style.context(["rnn_demo.book", look]):
        figure = scaling_figure(plt, curves)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def scaling_figure(plt, curves):
    figure, panels = plt.subplots(2, figsize=(4.8, 5.6), layout="constrained")
    titles = {"T": "steps T (n = 64)", "n": "size n (T = 100)"}
    for panel, (letter, curve), power in zip(
        panels, curves.items(), (1, 2), strict=True
    ):
        values = np.array(curve["values"], dtype=float)
        for name, times in curve["times"].items():
            panel.loglog(values, times, marker="o", markersize=3, label=name)
        guide = min(times[-1] for times in curve["times"].values()) / 3
        panel.loglog(
            values,
            guide * (values / values[-1]) ** power,
            color="0.5",
            linestyle="--",
            label=f"∝ {letter}" + ("²" if power == 2 else ""),
        )
        panel.set(xlabel=titles[letter], ylabel="seconds")
        panel.legend()
    return figure


def machine():
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_size():
    """Return the machine's memory in GB, in words."""
    if not hasattr(os, "sysconf"):
        return "memory unknown"
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{size / 2**30:.0f} GB of memory"


def load_average():
    """Return the processes that wanted to run over the last minute, ours included.

    Above the number of cores, a threaded contestant waits for its own threads and
    the table of all cores says little.
    """
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def report(runs):
    """Return the text of RESULTS.md."""
    one = runs[-1]
    versions = ", ".join(f"{name} {number}" for name, number in one["versions"].items())
    parts = [
        "# Benchmarks",
        "Written by `benchmarks/bench.py`. Times are medians in milliseconds; in\n"
        "brackets, the time of rnn_demo over that time (below 1, rnn_demo is faster).",
        f"- Date: {datetime.date.today().isoformat()}\n"
        f"- Machine: {machine()}, {os.cpu_count()} cores, {memory_size()}\n"
        f"- Versions: {versions}",
        "“JAX” is written for the task: in the sweep it multiplies all states by one\n"
        "W, as rnn_demo does. “JAX, plain” maps the textbook code over the scaled\n"
        "matrices. “Textbook loop” is the loop over entries or radii, and inside of\n"
        "it the loop over t, equation by equation. “Library's loop” is\n"
        "`numerical_gradient_loop`, which takes two calls for a step. rnn_demo's\n"
        "sweep includes the eigenvalues of W and the checks of its arguments; its\n"
        "peers are handed a W of spectral radius 1.",
    ]
    for run in runs:
        cores = run["cores"]
        parts += [
            f"## With {cores} core{'s' if cores > 1 else ''}",
            f"Load average before and after: {run['load']}.",
            table(run["rows"]),
            "### Targets",
            targets(run["rows"]),
            "### What bounds the sweep",
            bounds(run["profile"]),
        ]
    notes = HERE / "NOTES.md"
    if notes.exists():
        parts.append(notes.read_text(encoding="utf-8").strip())
    curves = next((run["scaling"] for run in runs if run["scaling"]), None)
    if curves is not None:
        parts += [
            "## Growth with T and n",
            f"The last {MARGIN} of each exponent wanted is for the noise of two times.",
            growth(curves),
        ]
        if optional("matplotlib") is not None:
            draw(curves, HERE / "scaling.svg")
            parts.append("![Seconds against T and n, on log axes](scaling.svg)")
    peaks = [[str(n), f"{peak / 1e6:.1f}"] for n, peak in one["memory"].items()]
    parts += [
        "## Memory of all n² differences",
        "Peak of what `numerical_gradient` allocates, T = 2. Copies of the network\n"
        "advance in chunks; beyond those there is the result, and its indices.",
        markdown(["n", "MB"], peaks),
    ]
    return "\n\n".join(parts) + "\n"


def section(title, rows, note=""):
    """Return the rows of another file of benchmarks as a section."""
    header = ["work", "measured", "compared with", "wanted", "reached"]
    note = note and f"{note}.\n\n"
    return f"\n## {title}\n\n{note}{markdown(header, rows)}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--build", action="store_true", help="also time `make book`")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.json:
        print(json.dumps(measure()))
        return
    if hasattr(os, "sched_setaffinity"):
        cores = os.sched_getaffinity(0)
        sets = [cores, {max(cores)}] if len(cores) > 1 else [cores]
        runs = [measure_with(cores) for cores in sets]
    else:
        runs = [measure()]
    text = report(runs)
    text += section("Pages", pages.rows(arguments.build), pages.versions())
    text += section("Laboratory", laboratory.rows())
    text += section("The same figures in other tools", figures.rows())
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
