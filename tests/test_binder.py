"""Binder is told a Python that fits what it installs, and the workflow uses it, too."""

import re
import tomllib

import yaml
from conftest import ROOT
from packaging.specifiers import SpecifierSet

VERSION = (ROOT / "runtime.txt").read_text().strip().removeprefix("python-")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text())["jobs"]


def pythons(job):
    """Return the versions that a job sets up, in each row of its matrix."""
    rows = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
    wanted = [
        step["with"]["python-version"]
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/setup-python@")
    ]
    return [
        row["python"] if version == "${{ matrix.python }}" else version
        for row in rows
        for version in wanted
    ]


def targets(text):
    return re.findall(r"^\s*make ([a-z-]+)", text, re.MULTILINE)


def runs(job):
    """Return the targets that a job makes."""
    ci = (ROOT / ".ci" / "run").read_text()
    commands = (step.get("run", "") for step in job["steps"])
    return targets("\n".join(ci if "bash .ci/run" in c else c for c in commands))


def test_runtime_is_the_python_of_the_project():
    assert re.fullmatch(r"3\.\d+", VERSION)
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(VERSION)
    # The oldest supported one: the tests' own, and the one the code is linted for.
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + VERSION.replace(".", "")


def test_the_workflow_builds_and_tests_with_that_python():
    found = {name: pythons(job) for name, job in JOBS.items() if runs(job)}
    assert found["binder"] == [VERSION]
    assert found["build"] == [VERSION]  # the oldest of everything
    built = found["build"] + found["build-newest"]
    assert pythons(JOBS["versions"]) == built
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"tested with {' and '.join(built)}." in readme
    supported = SpecifierSet(PROJECT["project"]["requires-python"])
    # A version without quotes would be a number, and 3.10 the number 3.1.
    assert all(supported.contains(version) for version in pythons(JOBS["versions"]))


def test_the_workflow_runs_what_ci_runs_and_what_binder_does():
    wanted = targets((ROOT / ".ci" / "run").read_text())
    assert runs(JOBS["build"]) == runs(JOBS["build-newest"]) == wanted
    assert runs(JOBS["binder"]) == ["binder"]


def test_binder_sees_a_local_requirement():
    """repo2docker copies the whole repository before it installs only then."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert "-e ." in lines
    assert "-c constraints.txt" in lines
