"""Find a browser for the tests, or install one.

python scripts/browser.py            print the path of a Chromium, installed if need be
python scripts/browser.py firefox    the same for a Firefox
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = {
    "chromium": (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ),
    "firefox": ("firefox-esr", "firefox"),
}
# What the distribution calls it.
PACKAGES = {"chromium": "chromium", "firefox": "firefox-esr"}


def find(kind: str = "chromium") -> str | None:
    """Return the path of a browser of a kind, or None."""
    named = os.environ.get(kind.upper())
    if named:
        return named
    for name in NAMES[kind]:
        if path := shutil.which(name):
            return path
    if kind != "chromium":  # Playwright's own Firefox does not speak to others.
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install(kind: str = "chromium") -> None:
    """Install one: the distribution's package where that is possible."""
    print(f"No {kind.title()} found; installing one …", file=sys.stderr)
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        for command in (["apt-get", "update", "-qq"], [*install, PACKAGES[kind]]):
            done = subprocess.run(
                command, env=environment, stdout=sys.stderr, check=False
            )
        if done.returncode == 0:
            return
    if kind != "chromium":
        return
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdout=sys.stderr,
        check=True,
    )


def main() -> int:
    """Print the path of a browser that exists now."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "chromium"
    if find(kind) is None:
        install(kind)
    path = find(kind)
    print(path or f"no {kind} could be found or installed; set {kind.upper()} to one")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
