"""An installation says how far it is, and one that fails stops the build."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT

# Stands for Python: makes an "environment" of itself, and installs as pip would say it.
PYTHON = """#!/bin/sh
case "$*" in
  "-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip"*)
    for n in $(seq 45); do echo "Collecting package$n"; done
    echo "Installing collected packages: package1, package2"
    exit $PIP_SAYS ;;
esac
"""


@pytest.mark.parametrize("code", [0, 1])
def test_installing_says_how_far_it_is(tmp_path, code):
    for name in ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    done = subprocess.run(
        ["make", ".venv/.book", f"PYTHON={python}"],
        cwd=tmp_path,
        env=os.environ | {"PIP_SAYS": str(code)},
        capture_output=True,
        text=True,
    )
    assert "40 packages found, package40" in done.stdout
    assert "unpacking 2 packages" in done.stdout
    assert bool(done.returncode) == bool(code)
    assert (tmp_path / ".venv" / ".book").is_file() == (not code)
