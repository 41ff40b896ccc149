"""The vendored browser files are the pinned ones, and a wrong one stops the build."""

import json
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import vendor


def test_every_vendored_file_matches_its_manifest():
    assert vendor.problems() == []


def test_manifest_names_licence_and_version_of_everything():
    for folder in vendor.NPM:
        for entry in json.loads((folder / "manifest.json").read_text()).values():
            assert set(entry) == {"package", "version", "licence", "sha256"}
            assert all(entry.values())


def test_anywidget_in_the_page_is_the_one_in_the_kernel():
    manifest = json.loads((vendor.SITE / "manifest.json").read_text())
    versions = manifest["widget-manager.js"]["version"].split(", ")
    assert f"anywidget {metadata.version('anywidget')}" in versions


@pytest.mark.skipif(not shutil.which("npm"), reason="npm bundles, and is not here")
def test_the_bundle_is_what_its_sources_give(tmp_path):
    """Byte for byte, from the packages that package-lock.json pins."""
    try:
        vendor.bundle(tmp_path)
    except subprocess.CalledProcessError as error:
        if error.cmd[0] != "npm":
            raise
        pytest.skip("npm cannot fetch the packages")
    for name in vendor.BUNDLE:
        assert (tmp_path / name).read_bytes() == (vendor.SITE / name).read_bytes(), name


@pytest.mark.parametrize("change", ["missing", "altered", "unlisted"])
def test_a_wrong_vendored_file_is_named(tmp_path, change):
    folder = tmp_path / "vendor"
    shutil.copytree(vendor.SITE, folder)
    name = "widget-manager.js"
    if change == "missing":
        (folder / name).unlink()
    elif change == "altered":
        (folder / name).write_text("// not the pinned file\n")
    else:
        name = "extra.js"
        (folder / name).write_text("")
    (problem,) = vendor.problems(folder)
    assert str(folder / name) in problem


def test_the_build_stops_at_a_wrong_vendored_file(tmp_path):
    for part in ("scripts", "book/static/vendor"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "book/static/vendor/widget-manager.js").unlink()
    done = subprocess.run(
        [sys.executable, tmp_path / "scripts/build.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "widget-manager.js" in done.stderr
