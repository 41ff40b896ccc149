"""The notebooks with the outputs that the build made and keeps.

`_build/jupyter_execute` has outputs only for what was executed in the last build; the
cache has those of every notebook whose code has not changed since.
"""

from pathlib import Path
from typing import Any

import contents
from jupyter_cache import get_cache
from nbformat import read

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"


def paths() -> list[Path]:
    """Return the notebooks in the order of the book."""
    return list(contents.sections().values())


def notebook(path: Path) -> dict[str, Any]:
    """Return a notebook with the outputs of its last execution in the build.

    Raises
    ------
    ValueError
        If the build has not executed the notebook as it is now.
    """
    try:
        _, merged = get_cache(CACHE).merge_match_into_notebook(read(path, as_version=4))
    except KeyError:
        raise ValueError(
            f"{path.name} has not been executed as it is now: run `make book`"
        ) from None
    return merged
