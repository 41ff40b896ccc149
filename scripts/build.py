"""Build the book into `_build/html`, reusing what is still valid.

jupyter-cache re-executes a notebook only when its own cells change.  The figures
also depend on `rnn_demo` and on the installed versions, so this script keeps a
key of both and forgets the executed notebooks when the key changes.  No library does
that, nor forgets what Sphinx has read of a page that warned.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import repository
import vendor

import notebooks

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
# Sphinx remembers here what it has read, warnings already given included.
DOCTREES = BUILD / ".doctrees"
# In place of the user's: nobody's settings change the figures, and it can be written.
MATPLOTLIB = BUILD / ".matplotlib"


def key_of(*paths: str) -> str:
    """Return a SHA-256 over the names and bytes of all files below `paths`."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in map(ROOT.joinpath, paths):
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def forget_if_changed(name: str, key: str, *folders: Path) -> None:
    """Remove `folders` if `key` is not the one that they were made with."""
    stamp = BUILD / name
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != key:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        BUILD.mkdir(exist_ok=True)
        stamp.write_text(key, encoding="utf-8")


def prepare_fonts(environment: dict[str, str]) -> None:
    """Let matplotlib list the fonts: a notebook in which it does says so on stderr."""
    if not any(MATPLOTLIB.glob("fontlist-*")):
        MATPLOTLIB.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=environment, capture_output=True, check=False)


def main() -> int:
    """Build, and return the exit code."""
    # Not every terminal knows an ellipsis.
    sys.stdout.reconfigure(errors="replace")
    start = time.perf_counter()
    if found := vendor.problems(vendor.SITE):
        print("\n".join(found), file=sys.stderr)
        return 1
    pins = ["requirements.txt", "constraints.txt"]
    forget_if_changed(
        ".execution-key",
        key_of("src", *pins),
        BUILD / ".jupyter_cache",
        DOCTREES,
    )
    found = repository.find()
    if found and (other := notebooks.elsewhere(found.url)):
        print(f"On Colab, {', '.join(other)} would install from an address that is not")
        print(f"{found.url}: `make tidy` mends that.")
    address = f"{found} {repository.site_url(found)}"
    files = ["book/_ext", "book/static", "book/templates", "_config.yml", *pins]
    forget_if_changed(".site-key", f"{key_of(*files)} {address}", DOCTREES)
    print("Building the book: executing new or changed notebooks, writing pages …")
    # Beside this interpreter, which need not be on the PATH.
    jupyter_book = str(Path(sys.executable).with_name("jupyter-book"))
    command = [jupyter_book, "build", "-W", "-n", "--keep-going", str(ROOT)]
    # One thread for each small matrix product: two on a busy machine wait for each
    # other, and make the last digits depend on the number of cores.
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    # In any locale, files are read as what they are.
    also = {"MPLCONFIGDIR": str(MATPLOTLIB), "PYTHONUTF8": "1"}
    environment = os.environ | threads | also
    prepare_fonts(environment)
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code:
        # Pages that warned count as read; the next build has to say it again.
        shutil.rmtree(DOCTREES, ignore_errors=True)
        print("The book was NOT built: see the messages above.", file=sys.stderr)
        return code
    seconds = time.perf_counter() - start
    print(f"Built in {seconds:.0f} s: {(BUILD / 'html' / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
