"""Do what Binder does, then what a reader does there.

python scripts/binder.py

Installs `requirements.txt`, and nothing else, into a fresh environment with a copy of
this repository; starts that environment's JupyterLab; opens each notebook in a
Chromium, runs all cells and moves a control (tests/test_jupyter.py).  The browser is
driven from the environment that runs this script.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import browser

ROOT = Path(__file__).resolve().parent.parent
IGNORED = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info")


def main() -> int:
    """Install, test, and return the exit code of the tests."""
    wanted = (ROOT / "runtime.txt").read_text().strip().removeprefix("python-")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here != wanted:
        print(f"Note: Binder will use Python {wanted}, this is Python {here}.")
    with tempfile.TemporaryDirectory() as temporary:
        copy, environment = Path(temporary) / "book", Path(temporary) / "environment"
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        print("Installing requirements.txt into a fresh environment …", flush=True)
        start = time.perf_counter()
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
        subprocess.run(install, cwd=copy, check=True)
        subprocess.run([python, "-m", "pip", "check"], check=True)
        print(f"Installed in {time.perf_counter() - start:.0f} s.", flush=True)
        tests = [sys.executable, "-m", "pytest", "tests/test_jupyter.py"]
        variables = {
            "CHROMIUM": browser.find() or "",
            "JUPYTER_PYTHON": str(python),
            # Only what the fresh environment has.
            "PYTHONPATH": "",
            "JUPYTER_PATH": "",
        }
        done = subprocess.run(tests, cwd=ROOT, env=os.environ | variables, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
