"""Formulas are set when the book is built, and nothing of them is cut off."""

import re
import sys

import browser
import pytest
from conftest import PAGES, ROOT, SITE, WIDE
from sphinx.errors import ExtensionError

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import formulas

# As if the boxes that formulas scroll in had no edges.
UNCLIPPED = "div.math { overflow: visible !important }"


def test_a_formula_is_there_for_the_eye_and_for_the_ear():
    html = formulas.in_html(r"W^\top")
    assert 'class="katex-html" aria-hidden="true"' in html
    assert '<msup><mi>W</mi><mi mathvariant="normal">⊤</mi></msup>' in html


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\unknown", "a_b_c"])
def test_a_formula_that_cannot_be_set_stops_the_build(tex):
    with pytest.raises(ExtensionError, match="cannot set the formula") as caught:
        formulas.in_html(tex)
    assert repr(tex) in str(caught.value)


@pytest.mark.parametrize(
    "before",
    [
        '<span class="math notranslate nohighlight">',
        '<div class="math notranslate nohighlight" id="equation-eq-a">\n'
        '<span class="eqno">(1)<a class="headerlink" href="#e" title="t">#</a></span>',
        '<div class="output text_latex math notranslate nohighlight">\n',
    ],
)
def test_the_number_stays_and_the_tex_goes(before):
    end = "</span>" if before.startswith("<span") else "</div>"
    left, right = (r"\(", r"\)") if end == "</span>" else (r"\[", r"\]")
    body = f"<p>{before}{left}a &lt; b{right}{end}</p>"
    context = {"body": body, "metatags": "", "pathto": lambda name, _: f"../{name}"}

    class App:
        def add_css_file(self, name):
            assert name.startswith("vendor/katex/")

    formulas.set_formulas(App(), "page", "", context, None)
    display = end == "</div>"
    expected = f"<p>{before}{formulas.in_html('a < b', display)}{end}</p>"
    assert context["body"] == expected
    assert "`../_static/vendor/katex/fonts/KaTeX_${name}.woff2`" in context["metatags"]
    assert ("katex-display" in expected) == display


@pytest.mark.browser
def test_no_page_waits_for_a_program_that_sets_formulas():
    found = 0
    for page in PAGES:
        text = (SITE / page).read_text(encoding="utf-8")
        assert "mathjax/" not in text, page
        assert not re.search(r"\bmath\b[^<>]*>\s*\\[(\[]", text), page
        found += text.count('class="katex-html"')
    assert found > 1000


@pytest.mark.browser
@pytest.mark.parametrize("name", ["notebooks/07_remedies.html", "book/notation.html"])
def test_no_ink_of_a_formula_is_cut_off(site, watch, name):
    page = watch(site, name, **WIDE).page
    browser.settle(page)
    cut = []
    for box in page.locator(".bd-article div.math:visible").all():
        box.scroll_into_view_if_needed()
        clip = box.evaluate("(b) => b.getBoundingClientRect().toJSON()")
        around = {
            "x": clip["x"],
            "y": clip["y"] - 8,
            "width": clip["width"],
            "height": clip["height"] + 16,
        }
        before = page.screenshot(clip=around)
        style = page.add_style_tag(content=UNCLIPPED)
        after = page.screenshot(clip=around)
        style.evaluate("(s) => s.remove()")
        if before != after:
            cut.append(box.text_content())
    assert cut == []


@pytest.mark.browser
def test_wide_formulas_begin_where_one_can_scroll(site, watch):
    name = "notebooks/03_gradient_norms.html"
    page = watch(site, name, viewport={"width": 320, "height": 800}).page
    browser.settle(page)
    begins = page.evaluate("""() => [...document.querySelectorAll("div.math")].map(
      (box) => box.querySelector(".katex-html").getBoundingClientRect().left
        - box.getBoundingClientRect().left)""")
    assert min(begins) >= -0.5
