"""Binder is told a Python that fits what it installs."""

import tomllib

from conftest import ROOT
from packaging.specifiers import SpecifierSet


def test_runtime_is_the_python_of_the_project():
    name, _, version = (ROOT / "runtime.txt").read_text().strip().partition("-")
    assert name == "python"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert SpecifierSet(project["project"]["requires-python"]).contains(version)
    # The oldest supported one: the tests' own, and the one the code is linted for.
    target = project["tool"]["ruff"]["target-version"]
    assert target == "py" + version.replace(".", "")
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
    for workflow in workflows:
        text = workflow.read_text()
        assert "python-version" not in text or version in text


def test_binder_sees_a_local_requirement():
    """repo2docker copies the whole repository before it installs only then."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert "-e ." in lines
    assert "-c constraints.txt" in lines
