"""Figures of every kind that matplotlib draws, each at six positions.

A *drawn* one is a function that draws the whole figure.  A *moved* one returns a figure
and a function that moves its artists; it has more positions than the six that are
looked at, so that most of them are recorded by what changed alone.
"""

import datetime
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patches, patheffects
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.ticker import MultipleLocator
from matplotlib.tri import Triangulation

X = np.linspace(0, 10, 101)
GRID = np.meshgrid(np.linspace(-2, 2, 24), np.linspace(-2, 2, 18))
FIELD = np.meshgrid(np.linspace(-2, 2, 7), np.linspace(-2, 2, 6))
SIX = np.linspace(0.5, 3, 6)
MANY = np.linspace(0.5, 3, 11)


@dataclass(frozen=True)
class Case:
    """A figure of the gallery."""

    function: object  # draws the whole figure
    controls: dict
    make: object = None  # returns a figure and what moves it


CASES = {}


def drawn(**controls):
    def add(function):
        CASES[function.__name__] = Case(function, controls or {"a": SIX})
        return function

    return add


def moved(**controls):
    def add(make):
        def whole(*values):
            figure, update = make()
            update(*values)
            return figure

        CASES[make.__name__] = Case(whole, controls or {"a": MANY}, make)
        return make

    return add


def positions(case):
    """Return six positions, each as an index of every control."""
    sizes = [len(values) for values in case.controls.values()]
    steps = [np.linspace(0, n - 1, 6).round().astype(int) for n in sizes]
    # Controls of a few values take turns.
    return [
        tuple(int(s[k] if n > 5 else k % n) for s, n in zip(steps, sizes, strict=True))
        for k in range(6)
    ]


def wave(a, x=X):
    return np.sin(a * x) * np.exp(-x / 8)


def hills(a):
    x, y = GRID
    return np.sin(a * x) + np.cos(y) * a


# -- moved ---------------------------------------------------------------------------


@moved()
def line_with_mathematics():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), label=r"$\sin(\alpha x)\,e^{-x/8}$")
    ax.legend(loc="upper right")

    def update(a):
        line.set_ydata(wave(a))
        ax.set_title(rf"$\frac{{\alpha}}{{2}} = {a / 2:.2f}$, $\sqrt{{x^2}}$")

    return figure, update


@moved(a=MANY, kind=["solid", "dashed", "dotted"])
def lines_that_leave_the_axes():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, X)
    ax.set(ylim=(-1, 1), xlim=(2, 8))

    def update(a, kind):
        line.set_ydata(np.sinh(a * (X - 5)))
        line.set_linestyle(kind)

    return figure, update


@moved(power=np.linspace(0, 15, 31))
def lines_that_end_far_away():
    figure, ax = plt.subplots()
    (up,) = ax.plot([0, 1, 2], [0, 1, 0])
    (dashed,) = ax.plot([0, 2], [1, -1], "--", marker="o")
    ax.set(xlim=(0, 2), ylim=(-2, 2))

    def update(power):
        up.set_ydata([0, 10**power, -(10**power)])
        dashed.set_ydata([1, -(10**power)])

    return figure, update


@moved()
def gaps():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), "-", marker=".")

    def update(a):
        line.set_ydata(np.where(np.abs(wave(a)) < 0.7, wave(a), np.nan))

    return figure, update


@moved()
def scatter_sizes_and_colors():
    figure, ax = plt.subplots()
    x = np.linspace(0, 6, 25)
    dots = ax.scatter(x, x, s=x, c=x, cmap="plasma", edgecolors="k")
    ax.set(xlim=(-1, 7), ylim=(-2, 2))
    figure.colorbar(dots)

    def update(a):
        dots.set_offsets(np.column_stack([x, np.sin(a * x)]))
        dots.set_sizes(20 * a * (1 + x))
        dots.set_array(np.cos(a * x) * 3)

    return figure, update


@moved()
def bars_and_their_limits():
    figure, ax = plt.subplots()
    bars = ax.bar(["a", "b", "ç"], [1, 2, 3], color=["C0", "0.5", "none"], ec="k")

    def update(a):
        for bar, height in zip(bars, [a, a**2, -a], strict=True):
            bar.set_height(height)
        ax.set_ylim(-a - 1, a**2 + 1)

    return figure, update


@moved()
def limits_and_ticks():
    figure, ax = plt.subplots()
    ax.plot(X, wave(2))
    ax.grid(True)

    def update(a):
        ax.set_xlim(0, 3 * a)
        ax.xaxis.get_major_locator().set_params(nbins=int(2 + 2 * a))
        ax.set_xticks([a / 2], minor=True)
        ax.set_xlabel(f"from 0 to {3 * a:.1f}")
        ax.tick_params("y", rotation=20 * a, colors="C1" if a > 1.7 else "k")

    return figure, update


@moved(a=SIX, scale=["linear", "log", "symlog"])
def scales():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X + 0.1, np.exp(X), drawstyle="steps-mid")

    def update(a, scale):
        line.set_ydata(np.exp(a * X / 2))
        ax.set_yscale(scale)
        ax.relim()
        ax.autoscale()

    return figure, update


@moved()
def marked_every_now_and_then():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), "s-", markevery=10, mfc="w", fillstyle="left")
    (step,) = ax.step(X[::10], wave(1)[::10], where="post", ls="-.")

    def update(a):
        line.set_ydata(wave(a))
        line.set_markevery(int(4 * a))
        line.set_markersize(3 * a)
        step.set_ydata(wave(a)[::10])

    return figure, update


@moved()
def area_between_curves():
    figure, ax = plt.subplots()
    area = ax.fill_between(X, wave(1), 0, alpha=0.4, hatch="//", where=X > 2)
    ax.set_ylim(-1, 1)

    def update(a):
        area.set_data(X, wave(a), 0, where=2 * a < X)

    return figure, update


@moved()
def image_and_color_bar():
    figure, ax = plt.subplots()
    image = ax.imshow(hills(1), cmap="viridis")
    figure.colorbar(image, label="height")

    def update(a):
        image.set_data(hills(a))
        image.set_clim(-a, 1 + a)

    return figure, update


@moved()
def mesh_of_colors():
    figure, ax = plt.subplots()
    mesh = ax.pcolormesh(*GRID, hills(1), shading="nearest")

    def update(a):
        mesh.set_array(hills(a))

    return figure, update


@moved()
def arrows():
    figure, ax = plt.subplots()
    field = ax.quiver(*FIELD, *FIELD, FIELD[0])
    ax.quiverkey(field, 0.9, 1.05, 1, "unit")
    figure.draw_without_rendering()  # the scale found at first is kept

    def update(a):
        x, y = FIELD
        field.set_UVC(np.cos(a * y), np.sin(a * x), np.sin(a * y))

    return figure, update


@moved()
def annotation_with_an_arrow():
    figure, ax = plt.subplots()
    ax.plot(X, wave(1))
    style = {"arrowstyle": "->", "connectionstyle": "arc3,rad=.3"}
    note = ax.annotate("here", (1, 0), (6, 0.8), arrowprops=style)
    boxed = ax.text(5, -0.5, "boxed", bbox={"boxstyle": "round", "fc": "wheat"})

    def update(a):
        note.xy = a, wave(1, a)
        note.set_text(f"({a:.2f}, …)")
        boxed.set_rotation(30 * a)
        boxed.get_bbox_patch().set_alpha(a / 3)

    return figure, update


@moved()
def polar_axes():
    figure, ax = plt.subplots(subplot_kw={"projection": "polar"})
    angle = np.linspace(0, 2 * np.pi, 200)
    (line,) = ax.plot(angle, np.cos(angle) ** 2)
    ax.set_rmax(2)

    def update(a):
        line.set_ydata(1 + np.cos(round(a) * angle) * a / 3)
        ax.set_theta_offset(a)

    return figure, update


@moved(angle=np.linspace(0, 90, 31))
def turned_surface():
    figure, ax = plt.subplots(subplot_kw={"projection": "3d"})
    ax.plot_surface(*GRID, hills(1), cmap="viridis", rcount=8, ccount=8)
    ax.scatter([0, 1], [0, 1], [3, 2], s=[40, 90])

    def update(angle):
        ax.view_init(30, angle)

    return figure, update


@moved()
def twin_axes():
    figure, ax = plt.subplots()
    other = ax.twinx()
    (left,) = ax.plot(X, wave(1), "C0", label="left")
    (right,) = other.plot(X, X, "C1", label="right")
    ax.legend(handles=[left, right])

    def update(a):
        left.set_ydata(wave(a))
        right.set_ydata(X**a)
        other.set_ylim(0, 10**a)
        other.set_ylabel(f"$x^{{{a:.1f}}}$")

    return figure, update


@moved()
def inset_axes():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1))
    inset = ax.inset_axes([0.55, 0.55, 0.4, 0.4])
    (detail,) = inset.plot(X, wave(1))
    inset.set(xlim=(1, 2), ylim=(-1, 1))
    ax.indicate_inset_zoom(inset)
    figure.draw_without_rendering()  # which corners are connected is kept

    def update(a):
        for each in (line, detail):
            each.set_ydata(wave(a))
        inset.set_xlim(a, a + 1)

    return figure, update


@moved()
def stems():
    figure, ax = plt.subplots()
    x = X[::10]
    heads, stalks, _ = ax.stem(x, wave(1, x))

    def update(a):
        heads.set_ydata(wave(a, x))
        ends = zip(x, wave(a, x), strict=True)
        stalks.set_segments([[(at, 0), (at, height)] for at, height in ends])

    return figure, update


@moved()
def legend_and_title():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), label="one")
    ax.plot(X, -wave(1), label="two")
    legend = ax.legend(loc="lower right", title="waves")

    def update(a):
        line.set_color(plt.get_cmap("viridis")(a / 3))
        line.set_linewidth(a)
        legend.get_texts()[0].set_text(rf"$a = {a:.2f}$ <&>")
        legend.set_title(f"of {int(a)}")
        figure.suptitle("é" * int(a))

    return figure, update


@moved(a=MANY, hatch=["//", "xx", "o", ""])
def hatched_shapes():
    figure, ax = plt.subplots()
    shapes = [
        patches.Circle((1, 1), 0.5),
        patches.Ellipse((3, 1), 1, 0.5, fc="C1"),
        patches.Wedge((5, 1), 0.8, 0, 90, width=0.3),
        patches.FancyArrowPatch((0, 3), (6, 3), mutation_scale=30, fc="C2"),
    ]
    for shape in shapes:
        ax.add_patch(shape)
    ax.set(xlim=(0, 6), ylim=(0, 4))

    def update(a, hatch):
        shapes[0].set_radius(a / 3)
        shapes[1].set_angle(60 * a)
        shapes[2].set_theta2(100 * a)
        for shape in shapes:
            shape.set_hatch(hatch)

    return figure, update


@moved(shown=[True, False], over=[True, False], a=SIX)
def hidden_and_faded():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), lw=8, gid="the wave")
    dots = ax.scatter(X[::5], wave(1)[::5], s=80, color="C1")

    def update(shown, over, a):
        line.set_visible(shown)
        dots.set_alpha(a / 3)
        dots.set_zorder(1 if over else 3)
        ax.xaxis.set_visible(over)

    return figure, update


@moved()
def straight_lines():
    figure, ax = plt.subplots()
    slope = ax.axline((0, 0), slope=1)
    cross = ax.axvline(1, ls="--")
    band = ax.axhspan(0, 1, alpha=0.2)
    ax.set(xlim=(-1, 4), ylim=(-1, 4))

    def update(a):
        slope.set_slope(a)
        cross.set_xdata([a])
        band.set_height(a)

    return figure, update


@moved()
def table_of_numbers():
    figure, ax = plt.subplots()
    ax.axis("off")
    table = ax.table([["1", "2"], ["3", "4"]], colLabels=["a", "b"], loc="center")

    def update(a):
        table[1, 0].get_text().set_text(f"{a:.2f}")
        table[2, 1].set_facecolor((a / 3, 0.7, 0.7))

    return figure, update


@moved()
def subfigures():
    figure = plt.figure()
    left, right = figure.subfigures(1, 2)
    (line,) = left.subplots().plot(X, wave(1))
    bars = right.subplots(2)[0].barh([0, 1], [1, 1])
    right.set_facecolor("0.9")

    def update(a):
        line.set_ydata(wave(a))
        bars[0].set_width(a)
        left.suptitle(f"{a:.2f}")
        right.set_facecolor((1, 1, a / 3))

    return figure, update


@moved()
def rasterized_artists():
    figure, ax = plt.subplots()
    (line,) = ax.plot(X, wave(1), lw=6, rasterized=True)
    (above,) = ax.plot(X, wave(2), "k")
    ax.scatter(X, X / 10, rasterized=True)

    def update(a):
        line.set_ydata(wave(a))
        above.set_ydata(-wave(a))

    return figure, update


@moved(a=np.linspace(0.5, 3, 13))
def cleared_and_drawn_again():
    figure, ax = plt.subplots()

    def update(a):
        ax.clear()
        ax.plot(X, wave(a), label=f"{a:.2f}")
        ax.contour(*GRID, hills(a), levels=int(2 + a))
        ax.legend()

    return figure, update


@moved()
def lines_colored_by_numbers():
    figure, ax = plt.subplots()
    points = np.column_stack([X, wave(1)])
    lines = LineCollection(np.stack([points[:-1], points[1:]], 1), array=X[:-1], lw=3)
    ax.add_collection(lines)
    ax.set(xlim=(0, 10), ylim=(-1, 1))

    def update(a):
        points = np.column_stack([X, wave(a)])
        lines.set_segments(np.stack([points[:-1], points[1:]], 1))
        lines.set_array(np.cos(a * X[:-1]))

    return figure, update


# -- drawn ---------------------------------------------------------------------------


@drawn(bins=[3, 5, 8, 13, 21, 34], grid=[True, False])
def histogram(bins, grid):
    values = np.random.default_rng(0).normal(size=300)
    plt.hist(values, bins=bins)
    plt.hist(values / 2, bins=bins, histtype="step", hatch="..")
    plt.grid(grid)


@drawn()
def contours_with_labels(a):
    plt.clabel(plt.contour(*GRID, hills(a), linestyles=["--", "-"]))


@drawn()
def filled_contours(a):
    plt.contourf(*GRID, hills(a), hatches=["/", None], extend="both")
    plt.colorbar()


@drawn()
def gouraud_shading(a):
    plt.pcolormesh(*FIELD, np.sin(a * FIELD[0]) * FIELD[1], shading="gouraud")


@drawn()
def gouraud_triangles(a):
    x, y = (g.ravel() for g in FIELD)
    plt.tripcolor(Triangulation(x, y), np.sin(a * x) * y, shading="gouraud")
    plt.triplot(x, y, lw=0.4)


@drawn()
def triangles(a):
    x, y = (g.ravel() for g in FIELD)
    plt.tripcolor(x, y, np.sin(a * x) * y)
    plt.tricontour(x, y, np.cos(a * y), colors="k")


@drawn()
def streams(a):
    x, y = GRID
    plt.streamplot(x, y, np.cos(a * y), np.sin(x), color=hills(a), density=0.5)


@drawn()
def box_plots(a):
    values = np.random.default_rng(1).normal(size=(40, 3)) * [a, 1, 2]
    plt.boxplot(values, notch=True, patch_artist=True)


@drawn()
def violins(a):
    values = np.random.default_rng(1).normal(size=(40, 3)) * [a, 1, 2]
    plt.violinplot(values, showmedians=True)


@drawn()
def pie(a):
    plt.pie([a, 2, 3], explode=[0.1, 0, 0], labels=list("abc"), autopct="%.0f %%",
            shadow=True, startangle=20 * a)  # fmt: skip


@drawn()
def hexagons(a):
    x, y = np.random.default_rng(2).normal(size=(2, 400))
    plt.hexbin(x, a * y, gridsize=12, bins="log")


@drawn()
def error_bars(a):
    x = X[::10]
    plt.errorbar(x, wave(a, x), yerr=a / 10, xerr=0.2, fmt="o", capsize=4)
    plt.errorbar(x, wave(a, x) + 1, yerr=0.3, lolims=True, fmt="none")


@drawn()
def broken_bars(a):
    plt.broken_barh([(0, a), (4, 2)], (0, 1), facecolors=["C0", "C3"])
    plt.stairs([1, a, 2], baseline=0.5, fill=True, alpha=0.5)


@drawn()
def events(a):
    plt.eventplot([X[::10] / a, X[::7]], colors=["C0", "C1"], linelengths=[a, 1])
    plt.gca().yaxis.set_major_locator(MultipleLocator(1))


@drawn()
def sparsity(a):
    plt.spy(hills(a) > a / 2)


@drawn()
def sparsity_with_markers(a):
    plt.spy(hills(a) > a / 2, markersize=3)


@drawn()
def wind(a):
    x, y = FIELD
    plt.barbs(x, y, 30 * a * x, 20 * y)


@drawn()
def surface(a):
    ax = plt.figure().add_subplot(projection="3d")
    ax.plot_surface(*FIELD, np.sin(a * FIELD[0]), alpha=0.8)
    ax.contour(*FIELD, FIELD[1] * a, zdir="z", offset=-1)
    ax.plot([0, 1], [0, 1], [0, a], "o--")


@drawn()
def bars_in_space(a):
    ax = plt.figure().add_subplot(projection="3d")
    ax.bar3d([0, 1, 2], [0, 1, 0], 0, 0.5, 0.5, [1, a, 2], shade=True)
    ax.plot_wireframe(*FIELD, 1 + FIELD[1] * a / 4, rstride=2, cstride=2)


@drawn()
def smooth_image(a):
    plt.imshow(hills(a), interpolation="bilinear", extent=(0, 2, 0, 1), alpha=0.8)


@drawn()
def large_image(a):
    x, y = np.meshgrid(np.linspace(-3, 3, 300), np.linspace(-3, 3, 200))
    plt.imshow(np.sin(a * x * y), aspect="auto", origin="lower", cmap="gray")


@drawn()
def image_of_colors(a):
    colors = np.zeros((5, 6, 4))
    colors[..., 0] = np.linspace(0, 1, 6)
    colors[..., 1] = np.linspace(0, a / 3, 5)[:, None]
    colors[..., 3] = 0.7
    image = plt.imshow(colors)
    ax = plt.gca()
    image.set_clip_path(patches.Circle((2.5, 2), a, transform=ax.transData))
    plt.figtext(0.1, 0.02, "clipped")


@drawn()
def log_axes(a):
    plt.loglog(X + 0.01, (X + 0.01) ** a)
    plt.grid(which="both", ls=":")


@drawn()
def symmetric_log_axes(a):
    plt.plot(X - 5, (X - 5) ** 3 * a)
    plt.yscale("symlog", linthresh=a)


@drawn()
def dates(a):
    first = datetime.datetime(2024, 2, 27)
    days = [first + datetime.timedelta(days=a * k) for k in range(9)]
    plt.plot(days, range(9))
    plt.gcf().autofmt_xdate()


@drawn()
def stacked_areas(a):
    plt.stackplot(X, X, a * X, 10 + wave(a), labels=["a", "b", "c"])
    plt.legend(loc="upper left", ncols=2)


@drawn()
def labelled_bars(a):
    bars = plt.barh(["one", "two"], [a, 2], hatch=["/", "x"], xerr=0.2)
    plt.bar_label(bars, fmt="%.2f")


@drawn()
def collection_of_patches(a):
    shapes = [patches.Rectangle((k, 0), 0.8, a, angle=10 * k) for k in range(4)]
    shapes.append(patches.RegularPolygon((2, 3), 5, radius=a / 3))
    collection = PatchCollection(shapes, array=np.arange(5) * a, ec="k", ls="--")
    plt.gca().add_collection(collection)
    plt.axis([-1, 5, -1, 4])


@drawn()
def outlined_text(a):
    effects = [patheffects.withStroke(linewidth=3, foreground="w")]
    plt.plot(X, wave(a), lw=6, path_effects=[patheffects.withSimplePatchShadow()])
    plt.text(3, 0, "<outlined> & “quoted”", size=6 * a + 6, path_effects=effects)
    plt.ylabel("two\nlines", family="monospace", weight="bold", style="italic")


@drawn()
def sketched(a):
    line = plt.plot(X, wave(a))[0]
    line.set_sketch_params(2, 100, 2)


@drawn()
def constrained_panels(a):
    figure, axes = plt.subplots(2, 2, layout="constrained", sharex=True)
    mesh = axes[0, 0].pcolormesh(hills(a))
    figure.colorbar(mesh, ax=axes[:, 0])
    axes[1, 1].plot(X, 10**a * wave(a))
    axes[1, 1].secondary_yaxis("right", functions=(lambda y: 2 * y, lambda y: y / 2))
    figure.supxlabel("shared")


@drawn(a=SIX, style=["ggplot", "dark_background"])
def other_styles(a, style):
    with plt.style.context(style):
        figure, ax = plt.subplots(figsize=(4, 4))
        ax.plot(X, wave(a), ".-", markersize=9)
        ax.set_title("style", loc="left")
    return figure


@drawn()
def autocorrelation(a):
    plt.acorr(wave(a), maxlags=20)
    plt.ylabel(r"$\hat\rho_{k}$")


@drawn()
def histogram_in_two_dimensions(a):
    x, y = np.random.default_rng(2).normal(size=(2, 400))
    plt.hist2d(x, a * y, bins=9, norm=mpl.colors.SymLogNorm(1), cmin=1)
    plt.colorbar(orientation="horizontal")


@drawn()
def long_line(a):
    x = np.linspace(0, 100, 2000)
    plt.plot(x, np.sin(a * x) + np.random.default_rng(3).normal(size=2000) / 9, lw=0.7)
    plt.ylim(-1, 1)
