"""The book's pages in order, and its notebooks with the outputs that the build made.

The order is that of `_toc.yml` alone: sections are numbered in it, and exercises after
them, so that notebooks, decks and the printed book follow when it changes.

`_build/jupyter_execute` has outputs only for what was executed in the last build; the
cache, read here through jupyter-cache, has those of every notebook whose code has not
changed since.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"


def pages() -> list[str]:
    """Return all pages in order, the front page first, named as in `_toc.yml`."""

    def below(entry: dict[str, Any]) -> Iterator[str]:
        if "file" in entry:
            yield entry["file"]
        for kind in ("parts", "chapters", "sections"):
            for child in entry.get(kind, []):
                yield from below(child)

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *below(toc)]


def paths() -> list[Path]:
    """Return the notebooks in the order of the book."""
    notebooks = (ROOT / f"{page}.ipynb" for page in pages())
    return [path for path in notebooks if path.is_file()]


def sections() -> dict[int, Path]:
    """Return the notebooks by their number in the book."""
    return dict(enumerate(paths(), 1))


def notebook(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs of its last execution in the build.

    Raises
    ------
    ValueError
        If the build has not executed the notebook as it is now.
    """
    plain = nbformat.read(path, as_version=4)
    try:
        _, merged = get_cache(CACHE).merge_match_into_notebook(plain)
    except KeyError:
        raise ValueError(
            f"{path.name} has not been executed as it is now: run `make book`"
        ) from None
    return merged
