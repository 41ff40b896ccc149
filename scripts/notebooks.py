"""Make the notebooks as this repository wants them: `make tidy`.

nbconvert's preprocessors take away outputs and the metadata that the build has no use
for.  What is done here is this book's own: `first_cell.txt` as the first code cell,
which installs the package on Colab, from where this copy of the repository lives.
"""

import re
from pathlib import Path

import nbformat
import repository
from nbconvert.preprocessors import ClearMetadataPreprocessor, ClearOutputPreprocessor

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
FIRST_CELL = (HERE / "first_cell.txt").read_text(encoding="utf-8").strip("\n")
ADDRESS = re.compile(r"@ git\+(https://[^\s\"\\]+)")
# Where no address is known yet.
UNKNOWN = "https://github.com/OWNER/NAME"

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def set_first_cell(notebook: nbformat.NotebookNode, address: str) -> None:
    """Make `first_cell.txt` the first code cell, which the book does not show.

    Without an address the one that is there stays.
    """
    first = next((c for c in notebook.cells if c.cell_type == "code"), None)
    if first is None:
        return
    if "google.colab" not in first.source:
        place = notebook.cells.index(first)
        first = nbformat.v4.new_code_cell()
        notebook.cells.insert(place, first)
    if not address and (there := ADDRESS.search(first.source)):
        address = there[1]
    first.source = FIRST_CELL.replace("ADDRESS", address or UNKNOWN)
    first.metadata["tags"] = ["remove-cell"]


def tidied(text: str, address: str = "") -> str:
    """Return the text of a notebook file, tidy: the same text if it is tidy already.

    Identifiers of cells stay, so that differences stay small.
    """
    # Identifiers came with format 4.5; the upgrade gives them to cells of older ones.
    notebook = nbformat.v4.upgrade(nbformat.reads(text, as_version=4))
    for clear in (
        ClearOutputPreprocessor(),
        ClearMetadataPreprocessor(preserve_cell_metadata_mask={"tags", "slideshow"}),
    ):
        notebook, _ = clear.preprocess(notebook, {})
    notebook.metadata = METADATA
    set_first_cell(notebook, address)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def elsewhere(address: str) -> list[str]:
    """Return the names of the notebooks that install from another address."""
    found = {
        path.name: ADDRESS.search(path.read_text(encoding="utf-8"))
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    }
    return [name for name, match in found.items() if match and match[1] != address]


def main() -> None:
    """Tidy all notebooks."""
    found = repository.find()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        before = path.read_text(encoding="utf-8")
        after = tidied(before, found.url if found else "")
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"tidied {path.name}")


if __name__ == "__main__":
    main()
