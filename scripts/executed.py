"""The notebooks with the outputs that the build made and keeps.

`_build/jupyter_execute` has outputs only for what was executed in the last build; the
cache has those of every notebook whose code has not changed since.
"""

from pathlib import Path
from typing import Any

import yaml
from jupyter_cache import get_cache
from nbformat import read

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"


def paths() -> list[Path]:
    """Return the notebooks in the order of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    candidates = [ROOT / f"{file}.ipynb" for file in files]
    return [path for path in candidates if path.is_file()]


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
