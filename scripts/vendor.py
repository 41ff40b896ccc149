"""Refresh or verify the third-party browser files in `book/static/vendor`.

    python scripts/vendor.py            verify every file against the manifest
    python scripts/vendor.py --refresh  fetch the pinned versions and rewrite it

The widget scripts come from npm packages (fetched with `npm pack`), anywidget's
from the installed Python package, so that script and kernel side never differ.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "book" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"

# (package, version, licence, {file in the package: file in the vendor folder})
NPM = [
    (
        "requirejs",
        "2.3.8",
        "MIT",
        {"package/require.js": "require.js"},
    ),
    (
        "@jupyter-widgets/html-manager",
        "1.0.15",
        "BSD-3-Clause; embeds Font Awesome Free 5 (icons CC BY 4.0, fonts OFL 1.1)",
        {
            "package/dist/embed-amd.js": "embed-amd.js",
            # Font Awesome regular, brands and solid: the icons on widget buttons.
            "package/dist/7a3337626410ca2f4071.woff2": (
                "html-manager/7a3337626410ca2f4071.woff2"
            ),
            "package/dist/d878b0a6a1144760244f.woff2": (
                "html-manager/d878b0a6a1144760244f.woff2"
            ),
            "package/dist/1551f4f60c37af51121f.woff2": (
                "html-manager/1551f4f60c37af51121f.woff2"
            ),
        },
    ),
]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh() -> None:
    """Fetch the pinned packages and write the files and the manifest."""
    entries = []
    for package, version, licence, files in NPM:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["npm", "pack", "--silent", f"{package}@{version}"],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as tar:
                for source, target in files.items():
                    path = VENDOR / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(tar.extractfile(source).read())
                    entries.append((path, f"npm:{package}", version, licence))
    distribution = metadata.distribution("anywidget")
    path = VENDOR / "anywidget.js"
    shutil.copyfile(distribution.locate_file("anywidget/nbextension/index.js"), path)
    entries.append((path, "pypi:anywidget", distribution.version, "MIT"))
    manifest = {
        path.relative_to(VENDOR).as_posix(): {
            "package": package,
            "version": version,
            "licence": licence,
            "sha256": sha256(path),
        }
        for path, package, version, licence in entries
    }
    MANIFEST.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def problems() -> list[str]:
    """Return one sentence for each vendored file that is not as it should be."""
    manifest = json.loads(MANIFEST.read_text())
    found = []
    for name, entry in manifest.items():
        path = VENDOR / name
        if not path.is_file():
            found.append(f"vendored file is missing: {path}")
        elif sha256(path) != entry["sha256"]:
            found.append(f"vendored file differs from its pinned SHA-256: {path}")
    present = {
        p.relative_to(VENDOR).as_posix()
        for p in VENDOR.rglob("*")
        if p.is_file() and p != MANIFEST
    }
    found += [
        f"vendored file has no manifest entry: {VENDOR / name}"
        for name in sorted(present - manifest.keys())
    ]
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refresh", action="store_true")
    if parser.parse_args().refresh:
        refresh()
    found = problems()
    print("\n".join(found) or f"{VENDOR}: every file matches the manifest")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
