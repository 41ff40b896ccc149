"""Find a Chromium for the tests, or install one.

python scripts/browser.py    print its path, installing it if there is none
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium or Chrome, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Install one: the distribution's package where that is possible."""
    print("No Chromium found; installing one …", file=sys.stderr)
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ):
            done = subprocess.run(
                command, env=environment, stdout=sys.stderr, check=False
            )
        if done.returncode == 0:
            return
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdout=sys.stderr,
        check=True,
    )


def main() -> int:
    """Print the path of a browser that exists now."""
    if find() is None:
        install()
    path = find()
    print(path or "no Chromium could be found or installed; set CHROMIUM to one")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
