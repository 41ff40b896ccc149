"""What this book's site needs beyond Jupyter Book's own extensions."""

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}
