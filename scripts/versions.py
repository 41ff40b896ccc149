"""Test the package with the oldest or the newest versions that it says it supports.

python scripts/versions.py oldest|newest

Makes a fresh environment with the lower bounds of pyproject.toml, or with the newest
releases, of what the package needs, and runs the tests of the package there, without a
browser.  The book itself is built with the pinned versions, which lie between.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("symbolic", "plots", "widgets")
TOOLS = ("hypothesis", "pytest", "pytest-xdist")


def requirements(which: str) -> list[str]:
    """Return what the package needs, at its lower bounds or at any later version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = set(project["dependencies"])
    for extra in EXTRAS:
        needed |= set(project["optional-dependencies"][extra])
    if which == "newest":
        return sorted(needed)
    return sorted(requirement.replace(">=", "==") for requirement in needed)


def tests() -> list[str]:
    """Return the test files that need the package and nothing of the book.

    Of the tests of the package, those of `test_api.py` and `test_jax.py` are left out:
    they need numpydoc and JAX, whose versions are not the package's business.
    """
    files = sorted((ROOT / "tests").glob("test_*.py"))
    texts = {str(file): file.read_text() for file in files}
    return [
        file
        for file, text in texts.items()
        if re.search(r"^ *(from|import) rnn_demo", text, re.M)
        and not re.search(r"^(from|import) (conftest|jax|nbformat)", text, re.M)
    ]


def main(which: str) -> int:
    """Install, say what was installed, test, and return the exit code of the tests."""
    with tempfile.TemporaryDirectory() as temporary:
        venv.create(temporary, with_pip=True)
        python = Path(temporary) / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--upgrade"]
        wanted = requirements(which)
        print(f"Installing {', '.join(wanted)} …", flush=True)
        subprocess.run([*install, *wanted, *TOOLS, "-e", ROOT], check=True)
        subprocess.run([python, "-m", "pip", "check"], check=True)
        subprocess.run([python, "-m", "pip", "list"], check=True)
        select = ["-n", "2", "-m", "not browser and not firefox"]
        if which == "oldest":
            # Old releases call what newer ones of their own dependencies deprecate.
            select += ["-W", "ignore::DeprecationWarning"]
        command = [python, "-m", "pytest", *select, *tests()]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    if sys.argv[1:] not in (["oldest"], ["newest"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
