"""The package stands alone."""

import ast
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import slider_figure

SOURCE = Path(slider_figure.__file__).parent


def test_nothing_of_the_book_is_imported():
    for path in SOURCE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(a.name.startswith("rnn_demo") for a in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.module.startswith("rnn_demo")
    code = "import sys, slider_figure; print([m for m in sys.modules if 'rnn' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_every_public_name_is_documented():
    for name in slider_figure.__all__:
        assert getattr(slider_figure, name).__doc__.strip()


@pytest.mark.browser
def test_the_readme_runs_in_a_clean_environment(chromium, tmp_path):
    """A wheel, matplotlib and anywidget are all that it takes."""
    here, python = tmp_path / "source", tmp_path / "env" / "bin" / "python"
    leave = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(SOURCE, here, ignore=leave)
    venv.create(tmp_path / "env")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-compile", here], check=True, cwd=tmp_path)
    example = re.search(r"```python\n(.*?)```", (here / "README.md").read_text(), re.S)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    (tmp_path / "example.py").write_text(example[1])
    subprocess.run(
        [python, "example.py"],
        env=environment | {"MPLBACKEND": "agg"},
        cwd=tmp_path,
        check=True,
    )
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "wave.html").as_uri())
    page.wait_for_selector("[data-ready]")
    before = page.inner_html("svg")
    page.focus("input[type=range]")
    page.keyboard.press("End")
    assert page.inner_text(".sf-sentence") == "The wave has 2.86 periods."
    assert page.inner_html("svg") != before
    context.close()


def test_the_licence_is_that_of_the_repository():
    root = SOURCE.parent.parent
    assert (SOURCE / "LICENSE").read_bytes() == (root / "LICENSE").read_bytes()
