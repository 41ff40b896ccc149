"""A page of the book on paper: printed, with its title, figure and working links."""

import re
import subprocess
import sys
from html import unescape

import executed
import pypdf
import pytest
from conftest import ROOT, SITE

pytestmark = pytest.mark.browser

PRINT = ROOT / "scripts" / "pdf.py"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    if not (SITE / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first")
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # A process of its own: Playwright runs once in each.
    command = [sys.executable, PRINT, "--output", target, "book/index", "book/notation"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    reader = pypdf.PdfReader(target)
    assert f"{len(reader.pages)} sheets from 2 pages" in said
    return reader


def test_both_pages_are_printed_with_their_titles(printed):
    titles = [item.title for item in printed.outline]
    assert titles == ["Why RNN gradients vanish or explode", "Notation"]
    first = printed.pages[0].extract_text()
    assert titles[0] in " ".join(first.split())


def test_the_figure_stands_at_its_default_position_without_controls(printed):
    page = (SITE / "book" / "index.html").read_text(encoding="utf-8")
    at_rest = re.findall(r'<p class="sf-sentence">(.+?)</p>', page)
    text = " ".join("".join(page.extract_text() for page in printed.pages).split())
    assert at_rest
    assert all(" ".join(unescape(one).split()) in text for one in at_rest)
    assert "logistic\n" not in printed.pages[0].extract_text()


def test_links_lead_into_the_book_or_out_of_it(printed):
    links = [
        link.get_object()
        for page in printed.pages
        for link in page.get("/Annots") or []
    ]
    assert any("/Dest" in link for link in links)
    addresses = [link["/A"]["/URI"] for link in links if "/URI" in link.get("/A", {})]
    assert not [address for address in addresses if "127.0.0.1" in address]


def test_every_page_of_the_table_of_contents_is_printed_in_its_order():
    toc = (ROOT / "_toc.yml").read_text()
    named = re.findall(r"^[ -]*(?:root|file): (\S+)$", toc, re.MULTILINE)
    assert len(named) == toc.count("file:") + 1
    assert executed.pages() == named
