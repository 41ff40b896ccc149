"""The site around its pages: first screen, search, descriptions, page not found."""

import json
import re
from html import unescape

import browser
import conftest
import pytest
import repository
from conftest import SITE

pytestmark = pytest.mark.browser

# Without what only leads to them: the search, the index, the page not found.
PAGES = [page for page in conftest.PAGES if page.startswith(("book/", "notebooks/"))]


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_the_first_screen_asks_and_its_figure_moves(site, watch, width, height):
    page = watch(site, viewport={"width": width, "height": height}).page
    page.wait_for_url("**/book/index.html")
    figure = page.locator(".sf-figure[data-frame]").first
    browser.settle(page)
    for option in page.locator(".sf-question").first.locator("summary").all():
        box = option.bounding_box()
        assert 0 <= box["y"] <= height - box["height"]
        assert box["height"] >= 44
    browser.reveal(page)
    handle = page.locator(".noUi-handle").first
    before = figure.inner_html()
    handle.press("ArrowRight")
    assert figure.inner_html() != before


def test_search_finds_pages_without_the_network(site, watch):
    watched = watch(site, "book/references.html")
    page = watched.page
    for words, title in (
        ("numerator layout", "Notation"),
        ("carousel", "Glossary"),
        ("Furstenberg", "Beyond the spectral radius"),
        ("kreiss_constant", "rnn_demo.bounds.kreiss_constant"),
    ):
        page.locator(".search-button__button:visible").first.click()
        field = page.locator("#pst-search-dialog input[name=q]")
        field.fill(words)
        # The pointer may have woken a figure.
        page.wait_for_load_state("networkidle")
        field.press("Enter")
        found = page.locator("#search-results ul.search li a", has_text=title).first
        found.wait_for()
        # The excerpts below the results are read from the pages themselves.
        page.wait_for_load_state("networkidle")
        found.click()
        page.wait_for_url(re.compile("/(book|notebooks)/"))
        assert words.lower() in page.locator("article").inner_text().lower()
    assert watched.complaints == []


def test_excerpts_of_what_is_found_are_prose(site, watch):
    page = watch(site, "search.html?q=spectral+radius").page
    page.wait_for_load_state("networkidle")
    excerpts = page.locator("#search-results p.context").all_inner_texts()
    assert len(excerpts) > 5
    for excerpt in excerpts:
        assert not re.search(r"\\\w|\bimport\b", excerpt), excerpt


def head(name):
    """Return the meta elements of a page by name or property."""
    text = (SITE / name).read_text(encoding="utf-8")
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text)
    return {key: unescape(value) for key, value in found}


def test_every_page_describes_itself():
    """And repeats it where links are shared, which takes an address."""
    base, seen = repository.site_url(repository.find()), {}
    for name in PAGES:
        tags = head(name)
        if name == "book/references.html":
            continue
        assert 40 < len(tags["description"]) < 300, name
        assert "\\" not in tags["description"]
        assert tags.get("og:description") == (tags["description"] if base else None)
        assert bool(tags.get("og:site_name")) == bool(base)
        assert seen.setdefault(tags["description"], name) == name


def test_addresses_are_absolute_or_absent():
    """Which links there are with an address and without is held in test_build."""
    base = repository.site_url(repository.find())
    for name in PAGES:
        tags = head(name)
        assert tags.get("og:url") == (base + name if base else None)
        assert tags.get("og:image") == (f"{base}_static/social.png" if base else None)
    assert (SITE / "_static" / "social.png").is_file() == bool(base)
    sitemap = SITE / "sitemap.xml"
    listed = sitemap.read_text(encoding="utf-8") if sitemap.is_file() else ""
    wanted = {base + name for name in PAGES} if base else set()
    assert set(re.findall("<loc>(.+?)</loc>", listed)) == wanted


def test_the_page_not_found_needs_nothing_beside_it():
    text = (SITE / "404.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|img|link(?! rel=\"icon\" href=\"data:))", text)
    links = re.findall(r'href="([^"]+)"', text.split("<body>")[1])
    assert len(links) >= len(PAGES)
    assert all(link.startswith("/") for link in links)


def test_search_index_holds_every_page():
    text = (SITE / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    assert {f"{name}.html" for name in index["docnames"]} == set(PAGES)


def test_a_dark_page_is_printed_light(site, watch):
    page = watch(site, "book/index.html", color_scheme="dark").page
    page.evaluate("""() => {
      const theme = () => document.documentElement.dataset.theme;
      window.themes = [theme()];
      for (const when of ["beforeprint", "afterprint"])
        addEventListener(when, () => themes.push(theme()));
    }""")
    page.pdf()
    assert page.evaluate("themes") == ["dark", "light", "dark"]
