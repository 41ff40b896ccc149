"""The page on the package, from its docstrings: numpydoc, as this book wants it.

autosummary could list the modules, too, but only in files of their own, one page each.
"""

import pkgutil
import re
from typing import Any

from sphinx.application import Sphinx

import rnn_demo

PAGE = "book/api"
NAMES = "% the names that the package itself offers"
SECTIONS = "% a section for each module"
SECTION = """## {name}

```{{eval-rst}}
.. automodule:: {name}
{options}```
"""


def modules() -> list[tuple[str, bool]]:
    """Return the names of all public modules, and whether each is a package."""
    found = pkgutil.walk_packages(rnn_demo.__path__, "rnn_demo.")
    return [(info.name, info.ispkg) for info in found if "._" not in info.name]


def list_modules(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write what the package has where the page leaves room for it.

    The modules stand in the order in which the page's own table names them.
    """
    if docname != PAGE:
        return
    table = re.findall(r"rnn_demo[.\w]+", source[0])
    order = {name: place for place, name in reversed(list(enumerate(table)))}
    sections = [
        # What a package hands on is described in its modules.
        SECTION.format(name=name, options="   :no-members:\n" if package else "")
        for name, package in sorted(
            modules(), key=lambda module: order.get(module[0], len(table))
        )
    ]
    names = ",\n".join(
        f"{{py:obj}}`~{rnn_demo._MODULES[name]}.{name}`" for name in rnn_demo.__all__
    )
    source[0] = source[0].replace(NAMES, names + ".")
    source[0] = source[0].replace(SECTIONS, "\n".join(sections))


def skip_fields(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out fields of named tuples; the docstring of the class describes them."""
    return True if (obj.__doc__ or "").startswith("Alias for field") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    for name in ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"):
        app.setup_extension(name)
    app.connect("source-read", list_modules)
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
