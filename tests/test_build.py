"""A build says what is wrong, reuses what is right, and always makes the same pages.

Each build here is of a book of two pages, through the real scripts and configuration.
"""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

PARTS = ["scripts", "src", "book/_ext", "book/static", "book/templates"]
FILES = ["_config.yml", "requirements.txt", "constraints.txt", "book/references.bib"]
PROSE = "# A small book\n\nA page of prose with $x^2$.\n"
CELLS = [
    """
import matplotlib.pyplot as plt
import numpy as np
from slider_figure import show
from slider_figure import SliderFigure
""",
    """
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1])
show(fig, alt="A line.")
""",
    """
fig, ax = plt.subplots()
(line,) = ax.plot([0, 1], [0, 0])
SliderFigure(
    fig,
    lambda slope: line.set_ydata([0, slope / 4]),
    {"slope": range(5)},
    sentences=lambda slope: f"Slope {slope}.",
    alt="A line.",
).panel(play="slope")
""",
    """
for piece in ("left,", "     ", "right\\n", "\\nbelow"):
    print(piece, end="", flush=True)
""",
]


def write_notebook(folder, cells):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A notebook", id="title")]
        + [nbformat.v4.new_code_cell(c, id=f"c{i}") for i, c in enumerate(cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "notebooks" / "small.ipynb")


def make_book(folder):
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for file in FILES:
        shutil.copyfile(ROOT / file, folder / file)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/small\n"
    )
    (folder / "book" / "index.md").write_text(PROSE)
    (folder / "notebooks").mkdir()
    write_notebook(folder, CELLS)
    return folder


def build(folder, **environment):
    nowhere = {"BOOK_REPOSITORY": "", "BOOK_BRANCH": "", "BOOK_URL": ""}
    done = subprocess.run(
        [sys.executable, folder / "scripts" / "build.py"],
        env=os.environ | nowhere | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def page(folder):
    """Return the notebook's page, less the version marks of style sheets and scripts.

    Some extensions copy theirs after the first build's pages are written, so that the
    mark is there from the second build on.  CONTRIBUTING.md lists them.
    """
    html = (folder / "_build/html/notebooks/small.html").read_text()
    return re.sub(r"\?v=[0-9a-f]{8}", "", html)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a small book after its first build."""
    folder = make_book(tmp_path_factory.mktemp("book"))
    code, output = build(folder)
    assert code == 0, output
    return folder


@pytest.fixture
def book(built, tmp_path):
    """Return a built book of one's own."""
    folder = tmp_path / "book"
    shutil.copytree(built, folder)
    return folder


def test_the_same_book_gives_the_same_files_anywhere(built, tmp_path):
    """Byte for byte, in another folder, with another seed for Python's hashes.

    Without Git or a home, and in a locale in which neither an ellipsis nor a Greek
    letter can be written.
    """
    other = make_book(tmp_path / "elsewhere")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    bare = {"PATH": "/nowhere", "HOME": "/dev/null"}
    code, output = build(other, PYTHONHASHSEED="1", **plain, **bare)
    assert code == 0, output
    assert "1 of 1: small.ipynb" in output
    first, second = (folder / "_build" / "html" for folder in (built, other))
    names = {p.relative_to(first) for p in first.rglob("*") if p.is_file()}
    assert Path(".buildinfo") in names
    assert names == {p.relative_to(second) for p in second.rglob("*") if p.is_file()}
    _, different, errors = filecmp.cmpfiles(first, second, names, shallow=False)
    assert errors == []
    assert [str(name) for name in different] == []


def not_found_links(folder):
    text = (folder / "_build/html/404.html").read_text()
    return re.findall(r'href="([^"]+)"', text.split("<body>")[1])


def test_a_changed_package_executes_again_and_an_address_reaches_all(book):
    repository, site = "https://github.com/o/r", "https://o.github.io/r/"
    with (book / "src" / "rnn_demo" / "network.py").open("a") as file:
        file.write("# changed\n")
    code, output = build(book, BOOK_REPOSITORY=repository, BOOK_BRANCH="trunk")
    assert code == 0, output
    assert "Executing" in output
    small = page(book)
    for element in (
        f'<link rel="canonical" href="{site}notebooks/small.html"',
        f'<meta property="og:url" content="{site}notebooks/small.html"',
        f'<meta property="og:image" content="{site}_static/social.png"',
        '<meta property="og:title" content="A notebook"',
        '<meta name="twitter:card" content="summary_large_image"',
        f'href="{repository}"',
        f'href="{repository}/edit/trunk/notebooks/small.ipynb"',
        f'href="{repository}/issues/new?title=',
        'href="https://mybinder.org/v2/gh/o/r/trunk?urlpath=lab/tree/notebooks/small.ipynb"',
        'href="https://colab.research.google.com/github/o/r/blob/trunk/notebooks/small.ipynb"',
    ):
        assert element in small
    html = book / "_build" / "html"
    assert (html / "_static" / "social.png").read_bytes()[:4] == b"\x89PNG"
    pages = ["book/index.html", "notebooks/small.html"]
    listed = re.findall("<loc>(.+?)</loc>", (html / "sitemap.xml").read_text())
    assert listed == [site + name for name in pages]
    assert not_found_links(book) == [f"/r/{name}" for name in pages]


def test_without_an_address_nothing_needs_one(built):
    html = built / "_build" / "html"
    assert not (html / "_static" / "social.png").exists()
    assert not (html / "sitemap.xml").exists()
    for name in ("book/index.html", "notebooks/small.html"):
        assert f"/{name}" in not_found_links(built)
        text = (html / name).read_text()
        absent = "canonical|og:url|og:image|github.com|/edit/|mybinder|colab"
        assert not re.search(absent, text)


def test_printed_pieces_are_one_text(built):
    assert ">left,     right\n\nbelow\n</pre>" in page(built)


def test_what_is_wrong_stops_every_build_until_it_is_mended(book):
    """What a notebook raises or says on stderr, and what Sphinx warns of.

    A line on stderr is shown, and not kept: whatever said it may not say it again.
    Once all is mended, changed prose executes nothing, and the widgets are the same.
    """
    before, index = page(book), book / "book" / "index.md"
    says = (
        "import os, sys\nif 'LOUD' in os.environ: print('as planned', file=sys.stderr)"
    )

    def stops(*told, **environment):
        for _ in range(2):
            code, output = build(book, **environment)
            output = output.replace(says, "")
            assert code != 0
            assert [
                words for words in (*told, "NOT built") if words not in output
            ] == []
        return output

    write_notebook(book, ["1 + 1", "raise RuntimeError('as planned')"])
    stops("small.ipynb", "as planned")
    write_notebook(book, [says])
    stops("small.ipynb", "as planned", LOUD="1")
    index.write_text(PROSE + "\nSee {ref}`nowhere`.\n")
    assert "as planned" not in stops("index.md:5", "nowhere")

    index.write_text(PROSE + "\nOne more sentence.\n")
    write_notebook(book, CELLS)
    code, output = build(book)
    assert code == 0, output
    assert "Executing" not in output
    assert "One more sentence" in (book / "_build/html/book/index.html").read_text()
    assert "widget-state+json" in before
    assert page(book) == before
