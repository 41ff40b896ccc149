"""Where this copy of the book lives: the one place that knows the address.

The links to the source, to Binder and to Colab, the address of the published site and
what depends on it all come from here, so that a fork gets its own without editing
anything.  The address is the first of these that is there:

1. the environment variable `BOOK_REPOSITORY` (empty: no address),
2. on GitHub Actions, the repository that the runner works for,
3. the git remote `origin`.

The theme and Binder want this address in a file, which a fork would have to edit.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent

BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"

# Hosts whose edit and issue addresses the theme can write.
PROVIDERS = ("github", "gitlab", "bitbucket")


@dataclass(frozen=True)
class Repository:
    """A public repository: its https address, its host's kind, and a branch."""

    url: str
    provider: str
    branch: str

    @property
    def host(self) -> str:
        """Name of the server."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """Owner and name, as in `owner/name`."""
        return urlsplit(self.url).path.strip("/")

    @property
    def has_binder(self) -> bool:
        """Whether mybinder.org can fetch it by owner and name."""
        known = self.host in ("github.com", "gitlab.com")
        return known and self.path.count("/") == 1

    @property
    def has_colab(self) -> bool:
        """Whether Colab can open its notebooks."""
        return self.host == "github.com"

    @property
    def pages_url(self) -> str:
        """Where GitHub Pages publishes it by convention, or an empty string."""
        if self.host != "github.com":
            return ""
        owner, name = self.path.split("/")
        site = f"{owner.lower()}.github.io"
        return f"https://{site}/" + ("" if name.lower() == site else f"{name}/")


def normalized(address: str) -> str:
    """Return the https address of a git remote, or an empty string.

    Credentials, the ending `.git` and the port of an ssh address are dropped, and so is
    what a page within the repository adds to its address, such as `/tree/main`.  Local
    paths and other protocols have no page to link to.

    Parameters
    ----------
    address : str
        What `git remote get-url` prints, or what a person would type.
    """
    address = address.strip()
    if "://" not in address:
        # The short form of ssh: user@host:owner/name.
        short = re.fullmatch(r"(?:[^@/]+@)([^:/]+):(?!//)(.+)", address)
        if not short:
            return ""
        address = f"ssh://{short[1]}/{short[2]}"
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
        return ""
    host = parts.hostname
    if parts.scheme.startswith("http") and parts.port:
        host += f":{parts.port}"
    path = parts.path.strip("/")
    provider = provider_of(f"https://{host}")
    if provider == "gitlab":  # groups have groups, so owners may have any length
        path = path.partition("/-/")[0]
    elif provider:
        path = "/".join(path.split("/")[:2])
    path = path.removesuffix(".git").strip("/")
    if "/" not in path or not re.fullmatch(r"[\w.~/+-]+", path):
        return ""
    return f"https://{host}/{path}"


def provider_of(url: str) -> str:
    """Return which of `PROVIDERS` runs the host of an address, or an empty string."""
    host = urlsplit(url).hostname or ""
    labels = host.split(".")
    return next((name for name in PROVIDERS if name in labels), "")


def _git(*arguments: str) -> str:
    """Return what git prints, or an empty string if it cannot say."""
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find() -> Repository | None:
    """Return this copy's repository, or None if it has no public address."""
    environ = os.environ
    branch = ""
    if "BOOK_REPOSITORY" in environ:
        url = normalized(environ["BOOK_REPOSITORY"])
        provider = provider_of(url)
    elif environ.get("GITHUB_ACTIONS") == "true" and "GITHUB_REPOSITORY" in environ:
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        url = normalized(f"{server}/{environ['GITHUB_REPOSITORY']}")
        provider = "github"
        # A pull request is built from a merge that no link can point to.
        branch = environ.get("GITHUB_BASE_REF") or environ.get("GITHUB_REF_NAME", "")
    else:
        url = normalized(_git("remote", "get-url", "origin"))
        provider = provider_of(url)
        head = _git("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
        branch = head.removeprefix("origin/") or _git("branch", "--show-current")
    if not url or not provider:
        return None
    branch = environ.get("BOOK_BRANCH") or branch or "main"
    return Repository(url, provider, branch)


def site_url(repository: Repository | None) -> str:
    """Return the address of the published site, ending in a slash, or nothing.

    `BOOK_URL` names it; otherwise it is where GitHub Pages would put it.
    """
    named = os.environ.get("BOOK_URL", "").strip()
    if named:
        return named.rstrip("/") + "/"
    return repository.pages_url if repository else ""


def theme_options(repository: Repository | None) -> dict[str, Any]:
    """Return the theme's options for links to the source and to live notebooks.

    Without a repository they are all off: a link that is left out is better than one
    that leads nowhere.
    """
    if repository is None:
        return {
            "use_repository_button": False,
            "use_edit_page_button": False,
            "use_issues_button": False,
            "launch_buttons": {},
        }
    launch = {"notebook_interface": "jupyterlab"}
    if repository.has_binder:
        launch["binderhub_url"] = BINDER
    if repository.has_colab:
        launch["colab_url"] = COLAB
    return {
        "repository_url": repository.url,
        "repository_provider": repository.provider,
        # Binder reads the branch as one part of a path.
        "repository_branch": quote(repository.branch, safe=""),
        "path_to_docs": "",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": repository.provider != "bitbucket",
        "launch_buttons": launch if len(launch) > 1 else {},
    }
