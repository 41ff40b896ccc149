"""The address of the book: found in one place, normalized, and used or left out."""

import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import book_site
import repository

VARIABLES = (
    "BOOK_REPOSITORY",
    "BOOK_BRANCH",
    "BOOK_URL",
    "GITHUB_ACTIONS",
    "GITHUB_SERVER_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_REF_NAME",
    "GITHUB_BASE_REF",
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("git@github.com:owner/name", "https://github.com/owner/name"),
        ("ssh://git@github.com/owner/name.git", "https://github.com/owner/name"),
        ("ssh://git@gitlab.com:2222/owner/name.git", "https://gitlab.com/owner/name"),
        ("https://github.com/owner/name.git/", "https://github.com/owner/name"),
        ("http://github.com/owner/name", "https://github.com/owner/name"),
        (
            "https://me:secret@github.com/owner/name.git",
            "https://github.com/owner/name",
        ),
        ("git://github.com/owner/na.me.git", "https://github.com/owner/na.me"),
        ("git@gitlab.com:group/sub/name.git", "https://gitlab.com/group/sub/name"),
        (
            "https://gitlab.example.org:8443/a/b.git",
            "https://gitlab.example.org:8443/a/b",
        ),
        ("https://github.com/o/r/tree/main", "https://github.com/o/r"),
        ("https://github.com/o/r/blob/main/a.md?x=1#top", "https://github.com/o/r"),
        ("https://bitbucket.org/o/r/src/main/", "https://bitbucket.org/o/r"),
        ("https://gitlab.com/g/sub/r/-/tree/main", "https://gitlab.com/g/sub/r"),
        ("https://code.example.org/a/b/c", "https://code.example.org/a/b/c"),
        ("https://github.com/o//r", ""),
        ("/srv/git/name.git", ""),
        ("../name", ""),
        ("C:\\books\\name", ""),
        ("file:///srv/git/owner/name.git", ""),
        ("https://github.com/owner", ""),
        ("https://github.com/owner/<script>", ""),
        ("", ""),
    ],
)
def test_addresses_become_https(address, expected):
    assert repository.normalized(address) == expected


def options(monkeypatch, address, **environment):
    monkeypatch.setenv("BOOK_REPOSITORY", address)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return repository.theme_options(repository.find())


@pytest.mark.parametrize(
    ("address", "edit", "issues", "launch"),
    [
        ("https://github.com/a/b", True, True, {"binderhub_url", "colab_url"}),
        ("https://gitlab.com/a/b", True, True, {"binderhub_url"}),
        ("https://gitlab.com/a/sub/b", True, True, set()),
        ("https://gitlab.example.org/a/b", True, True, set()),
        ("https://github.example.org/a/b", True, True, set()),
        ("https://bitbucket.org/a/b", True, False, set()),
        ("https://code.example.org/a/b", False, False, set()),
        ("", False, False, set()),
    ],
)
def test_only_links_that_the_host_supports(monkeypatch, address, edit, issues, launch):
    found = options(monkeypatch, address)
    assert found["use_repository_button"] == found["use_edit_page_button"] == edit
    assert found["use_issues_button"] == issues
    assert found.get("repository_url", "") == (address if edit else "")
    assert set(found["launch_buttons"]) - {"notebook_interface"} == launch
    if launch:
        assert found["launch_buttons"]["notebook_interface"] == "jupyterlab"


def test_on_github_actions_the_runner_says_it(monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://code.example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/fork")
    monkeypatch.setenv("GITHUB_REF_NAME", "spring/2027")
    monkeypatch.setenv("GITHUB_BASE_REF", "")
    found = repository.find()
    assert found.url == "https://code.example.org/someone/fork"
    assert (found.provider, found.branch) == ("github", "spring/2027")
    assert repository.theme_options(found)["repository_branch"] == "spring%2F2027"
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert repository.find().branch == "main"


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git")
def test_otherwise_the_remote_says_it(monkeypatch, tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True)

    monkeypatch.setattr(repository, "ROOT", tmp_path)
    assert repository.find() is None
    git("init", "--quiet", "--initial-branch", "trunk")
    assert repository.find() is None
    git("remote", "add", "origin", "git@github.com:someone/fork.git")
    found = repository.find()
    assert (found.url, found.branch) == ("https://github.com/someone/fork", "trunk")
    git("remote", "set-url", "origin", str(tmp_path / "elsewhere"))
    assert repository.find() is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/Owner/name", "https://owner.github.io/name/"),
        ("https://github.com/Owner/owner.github.io", "https://owner.github.io/"),
        ("https://github.com/Owner/name/tree/main", "https://owner.github.io/name/"),
        ("https://gitlab.com/owner/name", ""),
        ("", ""),
    ],
)
def test_address_of_the_site(monkeypatch, address, expected):
    monkeypatch.setenv("BOOK_REPOSITORY", address)
    assert repository.site_url(repository.find()) == expected
    monkeypatch.setenv("BOOK_URL", "https://example.org/book")
    assert repository.site_url(repository.find()) == "https://example.org/book/"


@pytest.mark.parametrize("address", ["", "https://github.com/someone/fork"])
def test_the_extension_sets_the_links(monkeypatch, address):
    monkeypatch.setenv("BOOK_REPOSITORY", address)
    config = SimpleNamespace(
        html_theme_options={"launch_buttons": {"colab_url": ""}, "kept": 1},
        html_baseurl="",
    )
    book_site.set_addresses(None, config)
    theme = config.html_theme_options
    assert theme["kept"] == 1
    assert theme.get("repository_url", "") == address
    assert bool(theme["launch_buttons"].get("colab_url")) == bool(address)
    assert bool(config.html_baseurl) == bool(address)


def test_the_workflow_runs_targets_that_exist_and_names_no_account():
    text = (ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    runs = "\n".join(step.get("run", "") for step in steps)
    runs = runs.replace("bash .ci/run", (ROOT / ".ci" / "run").read_text())
    for row in jobs["versions"]["strategy"]["matrix"]["include"]:
        runs += runs.replace("${{ matrix.which }}", row["which"])
    assert (
        {"book", "test", "oldest", "newest"}
        <= set(re.findall(r"\bmake ([a-z-]+)", runs))
        <= targets
    )
    assert all(step["uses"].startswith("actions/") for step in steps if "uses" in step)
    assert "github.com/" not in text
    for job in jobs.values():
        needs = job.get("needs", [])
        assert set([needs] if isinstance(needs, str) else needs) <= set(jobs)
    assert set(jobs["publish"]["needs"]) == {"build", "build-newest", "versions"}
