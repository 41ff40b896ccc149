"""Make reveal.js decks of the executed notebooks: `_build/slides`.

The notebooks' own cells are the slides.  A cell is in a deck if it has the deck's tag,
`deck-20` or `deck-50`; its metadata `slideshow.slide_type` says what it does there:

    slide       begins a slide to the right
    subslide    begins a slide below
    fragment    appears on the current slide when the speaker goes on
    notes       is for the speaker
    (nothing)   continues the current slide

A slide is not a page.  Of a text cell the audience sees headings, displayed formulas,
lists, definitions and theorems; paragraphs, proofs and remarks become the speaker's
notes.  Each heading and each further theorem gets a slide of its own; what a cell that
begins a slide says before its heading is for the speaker of the slide before.  Of a
code cell the audience sees the outputs, and the code too if it is tagged `slide-code`.

The notebooks are not executed again, so `make book` comes first.

nbconvert's exporter makes a slide of a cell, as it is: it would show the paragraphs,
leave theorems, references and citations as raw MyST, number no formula, and load
reveal.js, MathJax, RequireJS and the widgets from a network.
"""

import argparse
import html
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import executed
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html"
SLIDES = ROOT / "_build" / "slides"

DECKS = {"deck-20": "20 minutes", "deck-50": "50 minutes"}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Directives that the audience sees, and how they are called there.
BOXES = {
    f"prf:{kind}": kind.capitalize()
    for kind in (
        "definition",
        "theorem",
        "lemma",
        "proposition",
        "corollary",
        "example",
    )
}
DROPPED = {"exercise", "solution", "exercise-start", "solution-start"}
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
OPTIONS = re.compile(r"\A(?:\s*:[\w-]+:.*\n?)+")


@dataclass
class Slide:
    """One slide: the heading it stands under, what is seen, what is said."""

    heading: str = ""
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    boxes: int = 0

    @property
    def empty(self) -> bool:
        """Whether the audience would see a heading and nothing else."""
        return not self.body


class Labels:
    """What the built book calls its equations, theorems and sections."""

    def __init__(self, book: Path) -> None:
        self.names: dict[str, str] = {}
        for page in sorted(book.glob("*/*.html")):
            text = page.read_text(encoding="utf-8")
            for label, number in re.findall(
                r'id="equation-([\w-]+)">\s*<span class="eqno">(\([\d.]+\))', text
            ):
                self.names[label] = number
            for label, name in re.findall(
                r'<div class="[^"]*admonition" id="([\w-]+)">\s*<p class="admonition-'
                r'title"><span class="caption-number">([^<]+?) *</span>',
                text,
            ):
                self.names[label] = name
            for label, title in re.findall(
                r'<span id="([\w-]+)"></span><h\d>(.*?)<a class="headerlink"', text
            ):
                self.names[label] = re.sub(r"<[^>]+>", "", title)

    def __call__(self, label: str) -> str:
        """Return the name, or raise ValueError if the book has no such label."""
        if label not in self.names:
            raise ValueError(
                f"the built book has no label {label!r}: run `make book`, and then "
                "`make slides` again"
            )
        return self.names[label]


def markdown(labels: Callable[[str], str]) -> MarkdownIt:
    """Return a renderer for the notebooks' MyST text."""
    reader = (
        MarkdownIt("commonmark")
        .enable("table")
        .use(dollarmath_plugin, allow_labels=True, double_inline=True)
        .use(amsmath_plugin)
        .use(colon_fence_plugin)
        .use(myst_block_plugin)
        .use(myst_role_plugin)
    )

    def inline(self: Any, tokens: list[Token], i: int, *_: Any) -> str:
        return rf"\({html.escape(tokens[i].content)}\)"

    def display(self: Any, tokens: list[Token], i: int, *_: Any) -> str:
        # With the book's number, by which theorems and the speaker refer to it.
        label = tokens[i].type == "math_block_label"
        number = rf"\tag*{{{labels(tokens[i].info)}}}" if label else ""
        formula = html.escape(tokens[i].content + number)
        return f'<div class="formula">\\[{formula}\\]</div>\n'

    def role(self: Any, tokens: list[Token], i: int, *_: Any) -> str:
        name, text = tokens[i].meta["name"], tokens[i].content
        if name.startswith("cite"):
            keys = re.findall(r"([a-z]+?)(\d{4})", text)
            return "; ".join(f"{who.capitalize()} {year}" for who, year in keys)
        titled = re.fullmatch(r"(.*?)\s*<(.+)>", text, re.DOTALL)
        if name in ("ref", "eq", "prf:ref", "numref") and not titled:
            return html.escape(labels(text))
        if name.startswith("py:"):
            shown = text.rpartition(".")[2] if text.startswith("~") else text
            return f"<code>{html.escape(shown)}</code>"
        return html.escape(titled[1] if titled else text)

    for rule, draw in {
        "math_inline": inline,
        "math_inline_double": inline,
        "math_block": display,
        "math_block_label": display,
        "amsmath": display,
        "myst_role": role,
        "myst_target": lambda *_: "",
        "myst_line_comment": lambda *_: "",
    }.items():
        reader.add_render_rule(rule, draw)
    return reader


def blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the top-level blocks of a text as lists of tokens."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


class Deck:
    """The slides of one deck, in the making."""

    def __init__(self, tag: str, labels: Callable[[str], str]) -> None:
        self.tag = tag
        self.reader = markdown(labels)
        self.columns: list[list[Slide]] = []
        self.turn = True  # the next slide begins a column
        self.widgets: dict[str, Any] = {}

    @property
    def slide(self) -> Slide:
        """The slide that is being filled."""
        return self.columns[-1][-1]

    def begin(self, heading: str = "", new_column: bool = False) -> None:
        """Begin a slide; without a heading it stands under the current one."""
        under = self.slide.heading if self.columns and not self.turn else ""
        slide = Slide(heading or under)
        if new_column or self.turn or not self.columns:
            self.columns.append([slide])
            self.turn = False
        else:
            self.columns[-1].append(slide)

    def see(self, content: str, fragment: bool) -> None:
        """Put something where the audience sees it."""
        kind = ' class="fragment"' if fragment else ""
        self.slide.body.append(f"<div{kind}>{content}</div>")

    def add_notebook(self, notebook: dict[str, Any]) -> None:
        """Add the cells of a notebook that have the deck's tag."""
        states = notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {})
        self.turn = True
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            tags = cell["metadata"].get("tags", [])
            kind = cell["metadata"].get("slideshow", {}).get("slide_type", "-")
            if self.tag not in tags or kind == "skip":
                continue
            if cell["cell_type"] == "markdown":
                self.add_text(source, kind)
                continue
            if kind in ("slide", "subslide") or self.turn:
                self.begin(new_column=kind == "slide")
            if "slide-code" in tags:
                style = HtmlFormatter(style="a11y-high-contrast-light", noclasses=True)
                code = highlight(source, PythonLexer(), style)
                self.see(f'<div class="code">{code}</div>', kind == "fragment")
            for output in cell["outputs"]:
                if shown := self.output(output, states.get("state", {})):
                    self.see(shown, kind == "fragment")
                    if "sf-question" in shown:
                        self.begin()  # first the vote, then the figure

    def add_text(self, source: str, kind: str) -> None:
        """Add a text cell: part of it to be seen, part of it to be said."""
        tokens = self.reader.parse(source)
        starts = kind in ("slide", "subslide")
        headings = any(token.type == "heading_open" for token in tokens)
        if starts and not headings:
            self.begin(new_column=kind == "slide")
            starts = False
        for block in blocks(tokens):
            first = block[0]
            if first.type == "heading_open" and kind != "notes":
                if self.render(block[1:-1]) in ("Exercises", "Overview"):
                    # The list below an overview belongs to the title above it.
                    continue
                if self.columns and self.slide.empty and not (starts or self.turn):
                    self.slide.heading = self.render(block[1:-1])
                else:
                    self.begin(self.render(block[1:-1]), starts and kind == "slide")
                starts = False
            else:
                if not self.columns:
                    self.begin()
                self.add_block(block, "notes" if starts else kind)

    def add_block(self, block: list[Token], kind: str) -> None:
        """Add one block of text to the current slide."""
        first = block[0]
        fragment = kind == "fragment"
        if first.type in ("fence", "colon_fence"):
            self.add_directive(first, kind)
        elif kind != "notes" and first.type in (
            "math_block",
            "math_block_label",
            "amsmath",
            "bullet_list_open",
            "ordered_list_open",
            "table_open",
        ):
            self.see(self.render(block), fragment)
        elif first.type not in ("myst_target", "myst_line_comment", "html_block"):
            self.slide.notes.append(self.render(block))

    def add_directive(self, token: Token, kind: str) -> None:
        """Add a theorem for the audience; a proof or a remark for the speaker."""
        match = DIRECTIVE.match(token.info)
        name, title = match.groups() if match else ("", "")
        if name in DROPPED:
            return
        content = self.reader.render(OPTIONS.sub("", token.content))
        title = self.reader.renderInline(title)
        if name in BOXES and kind != "notes":
            if self.slide.boxes and kind != "fragment":
                self.begin()
            self.slide.boxes += 1
            head = f"{BOXES[name]}. {title}" if title else BOXES[name]
            box = f'<div class="box"><p class="box-title">{head}</p>{content}</div>'
            self.see(box, kind == "fragment")
        else:
            head = title or name.removeprefix("prf:").capitalize()
            self.slide.notes.append(f"<p><strong>{head}</strong></p>{content}")

    def output(self, output: dict[str, Any], states: dict[str, Any]) -> str:
        """Return an output of a code cell as HTML."""
        if output["output_type"] == "stream":
            if output["name"] == "stderr":
                return ""
            return f"<pre>{html.escape(''.join(output['text']))}</pre>"
        data = {k: "".join(v) for k, v in output["data"].items() if k != WIDGET_VIEW}
        if WIDGET_VIEW in output["data"]:
            view = output["data"][WIDGET_VIEW]
            self.widgets |= reachable(states, view["model_id"])
            # Wiping over a slider must move the slider, not the slide.
            return (
                '<div class="cell_output" data-prevent-swipe><script type="'
                f'{WIDGET_VIEW}">{json.dumps(view)}</script></div>'
            )
        if "text/html" in data:
            return f'<div class="picture">{data["text/html"]}</div>'
        if "text/latex" in data:
            formula = data["text/latex"].strip().strip("$")
            formula = formula.replace(r"\displaystyle", "", 1)
            return f'<div class="formula">\\[{html.escape(formula)}\\]</div>'
        return f"<pre>{html.escape(data['text/plain'])}</pre>"

    def render(self, tokens: list[Token]) -> str:
        """Return tokens as HTML."""
        return self.reader.renderer.render(tokens, self.reader.options, {})

    def html(self) -> str:
        """Return all slides as HTML."""
        columns = []
        for column in self.columns:
            slides = "".join(section(slide) for slide in _without_empty(column))
            columns.append(f"<section>{slides}</section>\n")
        return "".join(columns)


def _without_empty(column: list[Slide]) -> list[Slide]:
    """Drop slides that show nothing; what was to be said goes to the one before."""
    kept: list[Slide] = []
    for slide in column:
        if slide.empty and kept:
            kept[-1].notes += slide.notes
        else:
            kept.append(slide)
    return kept


def section(slide: Slide) -> str:
    """Return one slide as HTML."""
    heading = f"<h2>{slide.heading}</h2>\n" if slide.heading else ""
    notes = "\n".join(slide.notes)
    aside = f'<aside class="notes">{notes}</aside>\n' if notes else ""
    body = "\n".join(slide.body)
    return f'<section>\n{heading}<div class="body">{body}</div>\n{aside}</section>\n'


def reachable(states: dict[str, Any], model: str) -> dict[str, Any]:
    """Return the stored models that a widget consists of."""
    found: dict[str, Any] = {}
    wanted = [model]
    while wanted:
        name = wanted.pop()
        if name not in found:
            if name not in states:
                raise ValueError(f"the executed notebook has no widget model {name}")
            found[name] = states[name]
            wanted += re.findall(r"IPY_MODEL_(\w+)", json.dumps(states[name]["state"]))
    return found


def attach_links(widgets: dict[str, Any], states: dict[str, Any]) -> None:
    """Add the links between models: nothing refers to them, they refer to others."""
    for name, model in states.items():
        ends = re.findall(r"IPY_MODEL_(\w+)", json.dumps(model["state"]))
        if "source" in model["state"] and all(end in widgets for end in ends):
            widgets[name] = model
            widgets |= reachable(states, name)


def make_deck(tag: str, labels: Callable[[str], str], config: dict[str, Any]) -> str:
    """Return one deck as an HTML page."""
    deck = Deck(tag, labels)
    lines = (config["author"], DECKS[tag])
    body = [f"<p>{html.escape(line)}</p>" for line in lines]
    deck.columns.append([Slide(config["title"], body)])
    for path in executed.paths():
        notebook = executed.notebook(path)
        deck.add_notebook(notebook)
        stored = notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {})
        attach_links(deck.widgets, stored.get("state", {}))
    state = {"version_major": 2, "version_minor": 0, "state": deck.widgets}
    page = Template((ROOT / "scripts" / "slides.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=f"{html.escape(config['title'])}: {DECKS[tag]}",
        slides=deck.html(),
        # Inside of a script element only this could end it.
        state=json.dumps(state, separators=(",", ":")).replace("</", "<\\/"),
    )


def copy_scripts() -> None:
    """Copy what the decks need from the built book, so that the folder is complete."""
    static = SLIDES / "_static"
    names = ["book.js", "slider_figure.css", "mathjax/tex-svg.js"]
    names += [
        path.relative_to(BOOK / "_static").as_posix()
        for path in (BOOK / "_static" / "vendor").rglob("*")
        if path.is_file()
    ]
    for name in names:
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BOOK / "_static" / name, static / name)
    shutil.copyfile(ROOT / "scripts" / "slides.css", static / "slides.css")


def main(by: str = "") -> int:
    """Write the decks, by the book's author or as told; return the exit code."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["author"] = by or config["author"]
    try:
        labels = Labels(BOOK)
        pages = {tag: make_deck(tag, labels, config) for tag in DECKS}
    except ValueError as error:
        print(f"The slides were NOT made: {error}", file=sys.stderr)
        return 1
    shutil.rmtree(SLIDES, ignore_errors=True)
    copy_scripts()
    for tag, page in pages.items():
        path = SLIDES / f"{tag}.html"
        path.write_text(page, encoding="utf-8")
        count = page.count("<section") - page.count("<section><section")
        print(f"{count:3} slides: {path.as_uri()}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--by", default="", help="who speaks, and where")
    sys.exit(main(parser.parse_args().by))
