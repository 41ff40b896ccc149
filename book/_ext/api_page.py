"""The page on the package, from its docstrings: numpydoc, as this book wants it."""

from typing import Any

from sphinx.application import Sphinx


def skip_fields(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out fields of named tuples; the docstring of the class describes them."""
    return True if (obj.__doc__ or "").startswith("Alias for field") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    for name in ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"):
        app.setup_extension(name)
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
