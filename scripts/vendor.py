"""Refresh or verify the third-party browser files of the site and of the tests.

    python scripts/vendor.py            verify every file against the manifest
    python scripts/vendor.py --refresh  fetch the pinned versions and rewrite it

The widget manager is bundled (with Node, which only this needs) from npm packages and
from the installed Python package anywidget, so that script and kernel side never
differ.  Other files are taken from their npm packages as they are (`npm pack`).

npm would do all this at each build.  The files are in the repository so that building
needs neither Node nor a network, and the manifest says that they are still the same.
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

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "book" / "static" / "vendor"
SETTER = ROOT / "book" / "_ext" / "katex"
TESTS = ROOT / "tests" / "vendor"

KATEX = ("katex", "0.19.1", "MIT")
# Each font that a formula may need; a page fetches those that it uses.
KATEX_FONTS = """
    AMS-Regular Caligraphic-Bold Caligraphic-Regular Fraktur-Bold Fraktur-Regular
    Main-Bold Main-BoldItalic Main-Italic Main-Regular Math-BoldItalic Math-Italic
    SansSerif-Bold SansSerif-Italic SansSerif-Regular Script-Regular Size1-Regular
    Size2-Regular Size3-Regular Size4-Regular Typewriter-Regular
"""
KATEX_FILES = ["katex.min.css"] + [
    f"fonts/KaTeX_{name}.woff2" for name in KATEX_FONTS.split()
]

# For each folder: package, version, licence, {file in the package: file in the folder}.
NPM = {
    SITE: [
        (
            "reveal.js",
            "5.2.1",
            "MIT",
            {
                "package/dist/reveal.js": "reveal/reveal.js",
                "package/dist/reveal.css": "reveal/reveal.css",
                "package/plugin/notes/notes.js": "reveal/notes.js",
            },
        ),
        (
            *KATEX,
            {f"package/dist/{name}": f"katex/{name}" for name in KATEX_FILES}
            | {"package/LICENSE": "katex/LICENSE"},
        ),
    ],
    SETTER: [
        (
            *KATEX,
            {
                "package/dist/katex.min.js": "katex.min.js",
                "package/LICENSE": "LICENSE",
            },
        )
    ],
    TESTS: [
        (
            "axe-core",
            "4.14.1",
            "MPL-2.0",
            {"package/axe.min.js": "axe.min.js"},
        ),
    ],
}

# Bundled from the npm packages that this folder's package-lock.json pins.
MANAGER = ROOT / "scripts" / "widget_manager"
BUNDLE = ["widget-manager.js", "widget-manager.css", "widget-manager.LICENSES.txt"]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: str, version: str, files: dict[str, str], folder: Path) -> None:
    """Fetch files of a package from npm into a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"],
            cwd=scratch,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as tar:
            for source, target in files.items():
                path = folder / target
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(source).read())


def bundle(folder: Path) -> list[tuple[str, str, str, str]]:
    """Build the widget manager into a folder; return its files' manifest entries."""
    anywidget = metadata.distribution("anywidget")
    jupyter = metadata.distribution("ipywidgets")
    (licence,) = (file for file in jupyter.files if file.name == "LICENSE")
    with tempfile.TemporaryDirectory() as scratch:
        ignore = shutil.ignore_patterns("node_modules")
        shutil.copytree(MANAGER, scratch, dirs_exist_ok=True, ignore=ignore)
        npm = ["npm", "ci", "--silent", "--ignore-scripts"]
        subprocess.run(npm, cwd=scratch, check=True)
        build = ["node", "build.mjs", folder, jupyter.locate_file(licence)]
        build.append(anywidget.locate_file("anywidget/nbextension/index.js"))
        subprocess.run(build, cwd=scratch, check=True)
    wanted = json.loads((MANAGER / "package.json").read_text())["dependencies"]
    versions = [f"{name} {pin}" for name, pin in wanted.items()]
    versions.append(f"anywidget {anywidget.version}")
    package = "built by scripts/widget_manager"
    licences = f"BSD-3-Clause, MIT, ISC: see {BUNDLE[-1]}"
    return [(name, package, ", ".join(versions), licences) for name in BUNDLE]


def refresh() -> None:
    """Fetch the pinned packages and write the files and the manifests."""
    for folder, packages in NPM.items():
        entries = []
        for package, version, licence, files in packages:
            fetch(package, version, files, folder)
            entries += [
                (name, f"npm:{package}", version, licence) for name in files.values()
            ]
        if folder == SITE:
            entries += bundle(folder)
        manifest = {
            name: {
                "package": package,
                "version": version,
                "licence": licence,
                "sha256": sha256(folder / name),
            }
            for name, package, version, licence in entries
        }
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (folder / "manifest.json").write_text(text + "\n")


def problems(*folders: Path) -> list[str]:
    """Return one sentence for each vendored file that is not as it should be."""
    found = []
    for folder in folders or NPM:
        listing = folder / "manifest.json"
        manifest = json.loads(listing.read_text()) if listing.is_file() else {}
        for name, entry in manifest.items():
            path = folder / name
            if not path.is_file():
                found.append(f"vendored file is missing: {path}")
            elif sha256(path) != entry["sha256"]:
                found.append(f"vendored file differs from its pinned SHA-256: {path}")
        present = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path != listing
        }
        found += [
            f"vendored file has no manifest entry: {folder / name}"
            for name in sorted(present - manifest.keys())
        ]
        if not manifest:
            found.append(f"vendored files have no manifest: {listing}")
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refresh", action="store_true")
    if parser.parse_args().refresh:
        refresh()
    found = problems()
    print("\n".join(found) or "Every vendored file matches its manifest.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
