"""Print the whole built book into `_build/book.pdf`, with the tests' Chromium.

    python scripts/pdf.py [--output FILE] [page ...]

Each figure stands at the position in which its page opens, with the sentence that says
what it shows.  Folded solutions are printed, folded code is not.

Jupyter Book's `pdfhtml` builds the book anew as one page, and knows nothing of figures
that wake and solutions that fold; its PDF by LaTeX has none of these figures.
"""

import argparse
import io
from pathlib import Path
from urllib.parse import urlsplit

import browser
import executed
import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
BOOK = ROOT / "_build" / "book.pdf"

MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
# What is left of A4 between the margins, at 96 pixels to the inch.
PAPER_WIDTH = int((210 - 2 * 16) / 25.4 * 96)
# Solutions are printed, code that its page folds is not.
UNFOLD = """() => {
  for (const details of document.querySelectorAll("details:not(.above-input)")) {
    details.open = true;
  }
  for (const button of document.querySelectorAll(".toggle-button-hidden")) {
    button.click();
  }
}"""
# Paper does not scroll: the few formulas that are too wide for it are made smaller.
FIT_FORMULAS = """() => {
  for (const box of document.querySelectorAll("div.math")) {
    const formula = box.querySelector(".katex-display");
    const ratio = box.clientWidth / box.scrollWidth;
    if (formula && ratio < 1) formula.style.fontSize = `${95 * ratio}%`;
  }
}"""
FOOTER = (
    '<div style="width: 100%; font-size: 8px; text-align: center; color: #555">'
    '<span class="title"></span> · <span class="pageNumber"></span></div>'
)


def join_links(book: PdfWriter, address: str, first_sheet: dict[str, int]) -> None:
    """Turn links to the server that printed the pages into links inside of the book.

    A link to a page that was not printed is taken away.
    """
    for sheet in book.pages:
        kept = ArrayObject()
        for reference in sheet.get("/Annots", []):
            link = reference.get_object()
            target = link.get("/A", {}).get("/URI", "")
            if target.startswith(address):
                path = urlsplit(target).path.strip("/").removesuffix(".html")
                if path not in first_sheet:
                    continue
                goal = book.pages[first_sheet[path]].indirect_reference
                del link[NameObject("/A")]
                link[NameObject("/Dest")] = ArrayObject([goal, NameObject("/Fit")])
            kept.append(reference)
        sheet[NameObject("/Annots")] = kept


def print_book(pages: list[str], target: Path) -> int:
    """Print pages of the built book into one PDF; return its number of sheets."""
    book = PdfWriter()
    first_sheet = {}
    with browser.served(SITE) as address, browser.chromium() as started:
        context = started.new_context(
            color_scheme="light", viewport={"width": PAPER_WIDTH, "height": 900}
        )
        page = context.new_page()
        page.emulate_media(media="print")
        for name in pages:
            if not (SITE / f"{name}.html").is_file():
                raise ValueError(f"{name!r} is not a page of the built book")
            page.goto(f"{address}{name}.html")
            browser.settle(page)
            page.evaluate(UNFOLD)
            page.evaluate(FIT_FORMULAS)
            printed = page.pdf(
                format="A4",
                margin=MARGIN,
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
            )
            title = page.locator("article h1").first.inner_text().rstrip("#")
            first_sheet[name] = len(book.pages)
            book.append(PdfReader(io.BytesIO(printed)), outline_item=title)
        context.close()
    join_links(book, address, first_sheet)
    book.add_metadata({"/Title": book_title()})
    book.compress_identical_objects()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        book.write(file)
    return len(book.pages)


def book_title() -> str:
    """Return the title of the book."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["title"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="*", help="as in _toc.yml; all when left out")
    parser.add_argument("--output", type=Path, default=BOOK)
    arguments = parser.parse_args()
    pages = arguments.page or executed.pages()
    count = print_book(pages, arguments.output)
    print(f"Wrote {arguments.output}: {count} sheets from {len(pages)} pages")


if __name__ == "__main__":
    main()
