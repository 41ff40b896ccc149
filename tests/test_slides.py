"""The decks, in a browser without network, and what decides what is on them."""

from io import BytesIO

import browser
import executed
import pytest
import slides
from conftest import (
    BROKEN_MATH,
    BUTTON,
    PLAY,
    ROOT,
    SLIDER,
    Panel,
    Watched,
    move_every_control,
)
from pypdf import PdfReader
from test_accessibility import AXE, LEVELS, RUN

BY = "Ada Lovelace & Charles Babbage, Turin"
SIZE = {"viewport": {"width": 1280, "height": 720}}

# How far the content of the current slide reaches, and how far the slide does.
EXTENT = """() => {
  const slide = Reveal.getCurrentSlide();
  let [left, top, right, bottom] = [0, 0, 0, 0];
  for (const e of slide.querySelectorAll("h2, .body *")) {
    if (e.closest("mjx-assistive-mml, svg *")) continue;
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    [left, top] = [Math.min(left, box.left), Math.min(top, box.top)];
    [right, bottom] = [Math.max(right, box.right), Math.max(bottom, box.bottom)];
  }
  return [left, top, right, bottom];
}"""


def deck_of(*cells):
    """Return a deck of one notebook with these (type, kind, source, *tags) cells."""
    made = slides.Deck("deck-20", lambda label: f"<{label}>")
    made.add_notebook(
        {
            "metadata": {},
            "cells": [
                {
                    "cell_type": cell,
                    "source": source,
                    "outputs": [
                        {"output_type": "stream", "name": "stdout", "text": "7"}
                    ],
                    "metadata": {
                        "slideshow": {"slide_type": kind},
                        "tags": list(tags) or ["deck-20"],
                    },
                }
                for cell, kind, source, *tags in cells
            ],
        }
    )
    return made


def test_prose_is_for_the_speaker_and_formulas_are_for_the_audience():
    made = deck_of(
        ("markdown", "slide", "# Title\n\nProse, {ref}`sec-a`.\n\n$$\na < b\n$$ (eq-a)")
    )
    assert [len(column) for column in made.columns] == [1]
    assert made.slide.heading == "Title"
    assert "a &lt; b" in "".join(made.slide.body)
    assert r"\tag*{&lt;eq-a&gt;}" in "".join(made.slide.body)
    assert "Prose" not in "".join(made.slide.body)
    assert "Prose, &lt;sec-a&gt;." in "".join(made.slide.notes)


def test_terms_and_functions_are_said_by_their_names():
    text = "- {term}`Jacobians <Jacobian>`\n- {term}`lag`\n- {py:func}`~a.b.run`"
    made = deck_of(("markdown", "slide", f"# Title\n\n{text}"))
    said = "".join(made.slide.body + made.slide.notes)
    assert all(f"<li>{word}</li>" in said for word in ("Jacobians", "lag"))
    assert "<code>run</code>" in said


def test_cells_of_another_deck_and_skipped_cells_are_left_out():
    made = deck_of(
        ("markdown", "slide", "# Here"),
        ("markdown", "slide", "# Elsewhere", "deck-50"),
        ("markdown", "skip", "# Nowhere"),
    )
    assert "Here" in made.html()
    assert "where" not in made.html()


def test_kinds_of_cells():
    made = deck_of(
        ("markdown", "slide", "# One"),
        ("code", "-", "print(7)"),
        ("code", "fragment", "print(7)"),
        ("markdown", "notes", "$$\nx\n$$"),
        ("code", "subslide", "print(7)", "deck-20", "slide-code"),
        ("markdown", "slide", "# Two\n\n- seen"),
    )
    assert [len(column) for column in made.columns] == [2, 1]
    first, second = made.columns[0]
    assert first.body[0] == "<div><pre>7</pre></div>"
    assert 'class="fragment"' in first.body[1]
    assert "x" in first.notes[0]
    assert second.heading == "One"
    assert "print" not in "".join(first.body)
    assert "print" in "".join(second.body)


def test_theorems_are_seen_one_by_one_and_proofs_are_said():
    theorem = ":::{prf:theorem} Name\n:label: thm-a\n\n$x$ grows.\n:::\n\n"
    proof = ":::{prf:proof}\nObvious.\n:::\n\n"
    exercise = "```{exercise} Title\n:label: ex-a\n\nDo it.\n```"
    made = deck_of(("markdown", "slide", "# A\n\n" + 2 * (theorem + proof) + exercise))
    assert [len(column) for column in made.columns] == [2]
    for slide in made.columns[0]:
        assert slide.heading == "A"
        assert "Theorem. Name" in "".join(slide.body)
        assert "Obvious" in "".join(slide.notes)
        assert "Obvious" not in "".join(slide.body)
    assert "Do it" not in made.html()


def test_an_unknown_label_is_named(tmp_path):
    labels = slides.Labels(tmp_path)
    with pytest.raises(ValueError, match="sec-nowhere"):
        labels("sec-nowhere")


def test_a_notebook_that_was_not_executed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(executed, "CACHE", tmp_path)
    with pytest.raises(ValueError, match=r"01_derivation\.ipynb has not been executed"):
        executed.notebook(ROOT / "notebooks" / "01_derivation.ipynb")


def test_the_title_slide_names_the_author_of_the_book(monkeypatch):
    monkeypatch.setattr(executed, "paths", list)
    page = slides.make_deck("deck-20", str, {"title": "Title", "author": "A & B"})
    assert "<h2>Title</h2>" in page
    assert "<p>A &amp; B</p>" in page


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """Folder of freshly made decks, and its address on a server."""
    folder = tmp_path_factory.mktemp("slides")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slides, "SLIDES", folder)
        assert slides.main(BY) == 0
    with browser.served(folder) as address:
        yield folder, address


def ready(watched):
    page = watched.page
    page.wait_for_function("MathJax.startup?.promise && Reveal.isReady()")
    page.evaluate("MathJax.startup.promise.then(() => null)")
    page.wait_for_function(
        "document.querySelectorAll('[data-ready]').length =="
        "document.querySelectorAll('script[type*=widget-view]').length"
    )
    return page


def each_slide(page):
    """Show each slide, whole, and see that it fits into the window."""
    width, height = page.evaluate("[innerWidth, innerHeight]")
    for index in page.evaluate("Reveal.getSlides().map((s) => Reveal.getIndices(s))"):
        page.evaluate("(i) => Reveal.slide(i.h, i.v, 99)", index)
        left, top, right, bottom = page.evaluate(EXTENT)
        heading = page.evaluate("Reveal.getCurrentSlide().innerText.slice(0, 60)")
        assert left >= 0, heading
        assert top >= 0, heading
        assert right <= width, heading
        assert bottom <= height, heading
        yield index


@pytest.mark.browser
@pytest.mark.parametrize("tag", slides.DECKS)
def test_every_slide_fits_and_every_explorer_moves(decks, watch, tag):
    watched = watch(decks[1], f"{tag}.html", **SIZE)
    page = ready(watched)
    moved = 0
    for index in each_slide(page):
        here = page.locator(f"section.present section.present {browser.FIGURE}")
        for figure in here.all():
            moved += move_every_control(Panel(figure))
            assert page.evaluate("Reveal.getIndices()")["h"] == index["h"]
    assert moved >= 5
    assert page.locator("mjx-assistive-mml").count() > 100
    assert page.locator(BROKEN_MATH).all_text_contents() == []
    assert watched.complaints == []
    if tag == "deck-50":  # on projectors of other sizes, too
        for width, height in ((1024, 768), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            assert len(list(each_slide(page))) > 50


# Of all pages to be printed: what is hidden of pictures, and what runs over an edge.
LOST = """() => {
  const lost = [];
  for (const sheet of document.querySelectorAll(".pdf-page")) {
    const edge = sheet.getBoundingClientRect();
    for (const e of sheet.querySelectorAll("h2, .body *")) {
      if (e.matches(".sf-slot") && !e.checkVisibility({ visibilityProperty: true }))
        lost.push(`hidden: ${sheet.innerText}`);
      if (e.closest("mjx-assistive-mml, svg *")) continue;
      const box = e.getBoundingClientRect();
      if (box.width && (box.left < edge.left || box.right > edge.right
          || box.top < edge.top || box.bottom > edge.bottom))
        lost.push(`over the edge: ${sheet.innerText}`);
    }
  }
  return lost;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("tag", slides.DECKS)
def test_a_printed_deck_has_a_page_for_each_slide(decks, watch, tag):
    page = ready(watch(decks[1], f"{tag}.html?print-pdf", **SIZE))
    total = page.evaluate("Reveal.getTotalSlides()")
    page.wait_for_function("document.querySelector('.pdf-page .slide-number-pdf')")
    # Figures are printed where they have been moved to.
    moved = page.locator("[data-frame]").last
    before = moved.get_attribute("data-frame")
    page.locator(SLIDER).last.press("End")
    page.emulate_media(media="print")
    assert page.evaluate(LOST) == []
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == total
    assert all(sheet.extract_text() for sheet in printed.pages)
    assert moved.get_attribute("data-frame") != before


@pytest.mark.browser
def test_a_deck_opened_as_a_file_has_keys_and_notes(decks, watch):
    watched = watch(decks[0].as_uri(), "/deck-20.html", **SIZE)
    page = ready(watched)
    assert BY in page.evaluate("Reveal.getCurrentSlide().innerText")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    notes = page.evaluate(
        "Reveal.getSlides().filter((s) => Reveal.getSlideNotes(s)).length"
    )
    assert notes > page.evaluate("Reveal.getTotalSlides()") / 2
    assert watched.complaints == []


# Every kind of control, and what says where it is: of buttons, one that is not down.
KINDS = {
    SLIDER: "[data-frame]",
    f"{BUTTON}:not(.mod-active)": ".mod-active",
    PLAY: ".fa-pause",
    "summary": "[open]",
}
# How far the talk is, and where the controls of a slide are.
STANDS = """([index, marks]) => [
  Reveal.getProgress(),
  [...Reveal.getSlide(index.h, index.v).querySelectorAll(marks)]
    .map((e) => e.dataset.frame ?? e.textContent)]"""


@pytest.fixture(scope="module")
def talk(decks, chromium):
    """Return the page of a deck."""
    watched = Watched(chromium, decks[1], **SIZE)
    watched.page.goto(decks[1] + "deck-20.html")
    yield ready(watched)
    watched.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("control", "marks"), KINDS.items(), ids=KINDS.values())
def test_a_clicker_changes_slides_after_a_control(talk, control, marks):
    page = talk
    index = page.evaluate(
        "(control) => Reveal.getIndices("
        "Reveal.getSlides().find((slide) => slide.querySelector(control)))",
        control,
    )
    touched = page.locator(f"section.present section.present {control}").first

    def after(key, act):
        """Say whether the talk goes on or back, and whether the control moves."""
        page.evaluate("(i) => Reveal.slide(i.h, i.v)", index)
        act()
        assert page.evaluate("document.activeElement !== document.body")
        before, was = page.evaluate(STANDS, [index, marks])
        page.keyboard.press(key)
        now, is_ = page.evaluate(STANDS, [index, marks])
        return (now > before) - (now < before), is_ != was

    def click():
        touched.click(click_count=2 if control == PLAY else 1)  # Play, and pause

    def tab():
        page.evaluate("document.activeElement.blur()")
        while not touched.evaluate("(e) => e === document.activeElement"):
            page.keyboard.press("Tab")

    for act in (click, tab):
        assert after("PageDown", act) == (1, False)
        assert after("PageUp", act) == (-1, False)
        assert after("Escape", act) == (0, False)
        assert not page.evaluate("Reveal.isOverview()")
        assert page.evaluate("document.activeElement === document.body")
    assert after("Space", click) == (1, False)
    assert after("Shift+Space", click) == (-1, False)
    # Who works without a pointer presses buttons with Space.
    assert after("Space", tab) == ((1, False) if control == SLIDER else (0, True))
    # Some clickers send arrows, and a full stop for a black screen.
    assert after("ArrowRight", click) == (
        (0, True) if control == SLIDER else (1, False)
    )
    assert after(".", click) == (0, False)
    assert page.evaluate("Reveal.isPaused()")
    page.keyboard.press(".")
    assert not page.evaluate("Reveal.isPaused()")


@pytest.mark.browser
def test_slides_with_explorers_are_accessible(talk):
    page = talk
    page.evaluate(AXE.read_text(encoding="utf-8"))
    run = RUN.replace("document.documentElement", "Reveal.getCurrentSlide()")
    # Here it is the other slides that take long to be left out.
    run = run.replace(".katex-html", ".slides section:not(.present)")
    indices = page.evaluate(
        "Reveal.getSlides().filter((s) => s.querySelector('.cell_output'))"
        ".map((s) => Reveal.getIndices(s))"
    )
    assert len(indices) >= 5
    for theme in ("light", "dark"):
        page.evaluate("t => { document.documentElement.dataset.theme = t }", theme)
        for index in indices:
            page.evaluate("(i) => Reveal.slide(i.h, i.v, 99)", index)
            assert page.evaluate(run, LEVELS) == [], (theme, index)
