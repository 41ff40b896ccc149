"""Keep the notebooks as this repository wants them.

python scripts/notebooks.py            say which notebooks are not tidy, and how
python scripts/notebooks.py --write    make them so

A tidy notebook has no outputs, only the metadata that the build uses, an identifier
for each cell, and `first_cell.txt` as its first code cell, which makes it work on
Colab.  Identifiers that are there stay, so that differences stay small.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
FIRST_CELL = (HERE / "first_cell.txt").read_text(encoding="utf-8").strip("\n")
FIRST_LINE = FIRST_CELL.splitlines()[0]

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
CELL_METADATA = ("tags", "slideshow")


def set_first_cell(notebook: nbformat.NotebookNode) -> None:
    """Make `first_cell.txt` the first code cell, with its input hidden."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not code:
        return
    if not code[0].source.startswith(FIRST_LINE):
        new = nbformat.v4.new_code_cell()
        new.id = ""  # to be derived from the content
        notebook.cells.insert(notebook.cells.index(code[0]), new)
        code.insert(0, new)
    code[0].source = FIRST_CELL
    tags = code[0].metadata.get("tags", [])
    if "remove-cell" not in tags:
        code[0].metadata["tags"] = [*tags, "remove-cell"]


def set_identifiers(notebook: nbformat.NotebookNode) -> None:
    """Give an identifier to each cell that has none of its own."""
    taken: set[str] = set()
    for cell in notebook.cells:
        name = cell.get("id", "")
        if name in taken or not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
            content = cell.cell_type + cell.source
            name = hashlib.sha1(content.encode()).hexdigest()[:12]
            others = sum(t.startswith(name) for t in taken)
            name += f"-{others + 1}" if others else ""
        taken.add(name)
        cell.id = name


def tidied(text: str) -> str:
    """Return the text of a notebook file, tidy.

    Parameters
    ----------
    text : str
        A notebook of format 4.

    Returns
    -------
    str
        The same text if it is tidy already.
    """
    content = json.loads(text)
    # nbformat would give new, random identifiers to cells without.
    content["nbformat_minor"] = 5
    for cell in content["cells"]:
        cell.setdefault("id", "")
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
        cell["source"] = cell["source"].strip("\n")
        kept = {k: v for k, v in cell["metadata"].items() if k in CELL_METADATA}
        cell["metadata"] = kept
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    content["metadata"] = METADATA
    notebook = nbformat.from_dict(content)
    set_first_cell(notebook)
    set_identifiers(notebook)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def main(arguments: list[str]) -> int:
    """Check or write all notebooks, and return the exit code."""
    if arguments not in ([], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    untidy = 0
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        before = path.read_text(encoding="utf-8")
        after = tidied(before)
        if after == before:
            continue
        if arguments:
            path.write_text(after, encoding="utf-8")
            print(f"tidied {path.name}")
        else:
            untidy += 1
            print(
                f"{path.name} is not tidy: run `python scripts/notebooks.py --write`",
                file=sys.stderr,
            )
    return 1 if untidy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
