"""The order of the book, which `_toc.yml` alone says.

Sections are numbered in it, and exercises after them: what is written into notebooks,
decks and the printed book follows when the table of contents changes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


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


def sections() -> dict[int, Path]:
    """Return the notebooks by their number in the book."""
    notebooks = [ROOT / f"{page}.ipynb" for page in pages()]
    return dict(enumerate((path for path in notebooks if path.is_file()), 1))
