"""The package stands alone."""

import ast
import subprocess
import sys
from pathlib import Path

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
