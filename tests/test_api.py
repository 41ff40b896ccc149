"""The page on the package has every public name, and docstrings say what goes in."""

import importlib
import inspect
import re

import api_page
import pytest
from conftest import ROOT, SITE
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import Validator, validate

import rnn_demo

MODULES = [name for name, _ in api_page.modules()]


def public(name):
    """Return the functions and classes that a module defines for others."""
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [n for n in vars(module) if n[0] != "_"])
    members = {n: getattr(module, n) for n in names}
    return [
        n
        for n, member in members.items()
        if (inspect.isroutine(member) or inspect.isclass(member))
        and member.__module__ == name
    ]


@pytest.fixture(scope="module")
def described():
    """Identifiers of the page; autodoc gives each object its full name."""
    text = (SITE / "book" / "api.html").read_text(encoding="utf-8")
    return set(re.findall(r' id="(rnn_demo[\w.]*)"', text)) | {
        name.removeprefix("module-")
        for name in re.findall(r' id="(module-rnn_demo[\w.]*)"', text)
    }


@pytest.mark.browser
@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_described(described, name):
    assert name in described
    assert importlib.import_module(name).__doc__
    missing = {f"{name}.{n}" for n in public(name)} - described
    assert missing == set()


def functions():
    """Yield the name of every public function, and of every public class's methods."""
    for name in MODULES:
        module = importlib.import_module(name)
        for n in public(name):
            member = getattr(module, n)
            members = {n: member}
            if inspect.isclass(member):
                members = {
                    f"{n}.{k}": inspect.getattr_static(member, k)
                    for k in dir(member)
                    if k[0] != "_"
                }
            for label, function in members.items():
                ours = getattr(function, "__module__", "").startswith("rnn_demo")
                if inspect.isfunction(function) and ours:
                    yield f"{name}.{label}"


# What numpydoc would also like: examples and cross-references everywhere, a second
# paragraph, and a sentence for each argument whose name or type says it all.
NOT_ASKED = {"EX01", "SA01", "ES01", "PR04", "PR07", "PR08", "RT02", "RT03", "RT04"}


@pytest.mark.parametrize("name", list(functions()))
def test_docstrings_are_as_numpydoc_asks(name):
    """Every argument by its name and in order, every result, no section misspelled."""
    found = dict(validate(name)["errors"])
    said = Validator(get_doc_object(Validator._load_obj(name)))
    if said.yields or not said.signature_parameters:
        found.pop("RT01", None)  # of no arguments, the first line says what comes
    assert {code: found[code] for code in found.keys() - NOT_ASKED} == {}


@pytest.mark.browser
def test_the_page_lists_what_the_package_itself_offers():
    text = (SITE / "book" / "api.html").read_text(encoding="utf-8")
    listed = re.search(r">…</span></code>(.*?)</p>", text, re.DOTALL)[1]
    names = re.findall(r'href="#rnn_demo\.[\w.]*?(\w+)"', listed)
    assert names == rnn_demo.__all__


def test_the_table_names_every_module_once():
    """By the section that needs it first; packages may be left out."""
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"{py:mod}`~([\w.]+)`", page)
    assert len(set(named)) == len(named)
    wanted = {name for name, package in api_page.modules() if not package}
    assert wanted <= set(named) <= set(MODULES)
