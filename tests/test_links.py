"""Links inside of the built book, and its citations, without the network."""

import re
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from conftest import ROOT, SITE

sys.path.insert(0, str(ROOT / "scripts"))
import repository

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts
)
LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "iframe": "src"}
# A page names the address that it will have, which need not be published yet.
ABOUT_ITSELF = {"canonical", "alternate"}


class Page(HTMLParser):
    """The identifiers of a page, and where it points."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.targets = Counter(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids[found["id"]] += 1
        if tag == "a" and "name" in found:
            self.ids[found["name"]] += 0
        target = found.get(LINKS.get(tag))
        if target and found.get("rel") not in ABOUT_ITSELF:
            self.targets.append(target)


@cache
def page(path):
    return Page(path.read_text(encoding="utf-8"))


def problem(source, target, base):
    """Say what is wrong with a link from a file of the site, or return None."""
    target = target.removeprefix(base) if base and target.startswith(base) else target
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None if parts.scheme in ("https", "data", "mailto") else "not https"
    address, fragment = urldefrag(target)
    address = unquote(urlsplit(address).path)
    root = urlsplit(base).path or "/"
    if address.startswith("/"):
        file = SITE / address.removeprefix(root)
    else:
        file = source.parent / address if address else source
    if file.is_dir():
        file /= "index.html"
    if not file.is_file():
        return "no such file"
    if "?" in fragment:
        return None  # the build has checked where it sets a figure
    if fragment and file.suffix == ".html" and unquote(fragment) not in page(file).ids:
        return "no such place in the page"
    return None


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_every_internal_link_leads_somewhere(name):
    base = repository.site_url(repository.find())
    found = {
        target: problem(SITE / name, target, base)
        for target in page(SITE / name).targets
    }
    assert {target: why for target, why in found.items() if why} == {}


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_identifiers_are_unique(name):
    ids = page(SITE / name).ids
    assert [name for name, count in ids.items() if count > 1] == []


def test_the_check_notices_broken_links(tmp_path):
    file = tmp_path / "page.html"
    file.write_text('<a href="other.html"></a><a href="#here"></a><p id="there">')
    assert page(file).targets == ["other.html", "#here"]
    assert problem(file, "other.html", "") == "no such file"
    assert problem(file, "#here", "") == "no such place in the page"
    assert problem(file, "#there", "") is None
    assert problem(file, "http://example.org", "") == "not https"


ENTRY = re.compile(r"^@(\w+)\{(\S+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", re.MULTILINE)
REQUIRED = {
    "article": {"author", "title", "journal", "year"},
    "book": {"author", "title", "publisher", "year"},
    "incollection": {"author", "title", "booktitle", "publisher", "year"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "mastersthesis": {"author", "title", "school", "year"},
    "phdthesis": {"author", "title", "school", "year"},
    "misc": {"author", "title", "year", "url"},
}
BIBLIOGRAPHY = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
ENTRIES = {
    key: (kind, dict(FIELD.findall(body)))
    for kind, key, body in ENTRY.findall(BIBLIOGRAPHY)
}


def test_the_whole_bibliography_was_read():
    assert len(ENTRIES) == BIBLIOGRAPHY.count("\n@") + BIBLIOGRAPHY.startswith("@")


@pytest.mark.parametrize("key", ENTRIES)
def test_reference_is_complete(key):
    kind, fields = ENTRIES[key]
    assert REQUIRED[kind] - fields.keys() == set()
    assert all(fields.values())
    assert re.fullmatch(r"(18|19|20)\d\d", fields["year"])
    assert re.search(fields["year"], key), "the key names the year"
    assert re.fullmatch(r"10\.\d{4,9}/[^\s{}]+", fields.get("doi", "10.1000/none"))
    assert fields.get("url", "https://").startswith("https://")
    if "pages" in fields:
        assert re.fullmatch(r"\w+(--\w+)?", fields["pages"])


def test_no_work_is_listed_twice():
    for field in ("doi", "title"):
        values = [f[field].lower() for _, f in ENTRIES.values() if field in f]
        assert len(values) == len(set(values))


def test_every_citation_has_its_reference():
    sources = [*(ROOT / "book").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    cited = {
        key.strip()
        for source in sources
        for keys in re.findall(
            r"\{cite(?::\w+)?\}`([^`]+)`", source.read_text(encoding="utf-8")
        )
        for key in keys.split(",")
    }
    assert cited - ENTRIES.keys() == set()
