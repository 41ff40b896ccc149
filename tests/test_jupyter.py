"""What a reader does on Binder, with each notebook: run it in JupyterLab, and move.

The server runs in this environment, or in the one whose interpreter JUPYTER_PYTHON
names; `make binder` makes one from `requirements.txt` alone.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request

import browser
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import handout

pytestmark = pytest.mark.browser

LABORATORY = "08_laboratory"
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOKS.remove(LABORATORY)  # has a test of its own
# Section 4, which has outputs and directives of every kind, is run as `make student`
# writes it: whole, the build has run it.
STUDENT = "04_bounds"
# The build has run the others, too; `make binder` runs each in JupyterLab.
RUN = NOTEBOOKS if "JUPYTER_PYTHON" in os.environ else [STUDENT]
WIDE = {"viewport": {"width": 1200, "height": 900}}
# All cells stand in the page, not only those in view.
SETTINGS = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"

RAN = """(wanted) => {
  const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")];
  const prompts = cells.map((c) => c.querySelector(".jp-InputPrompt").textContent);
  const error = "[data-mime-type='application/vnd.jupyter.error']";
  return document.querySelector(error) !== null
    || prompts.filter((text) => /\\d/.test(text)).length === wanted;
}"""
CHANGED = "([element, before]) => element.innerHTML !== before"


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory):
    """Start JupyterLab on a copy of the notebooks; yield its address."""
    home = tmp_path_factory.mktemp("jupyterlab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    path = home / "notebooks" / f"{STUDENT}.ipynb"
    for_class = handout.handout(json.loads(path.read_text()), 4, solutions=False)
    path.write_text(json.dumps(for_class))
    settings = home / "settings" / SETTINGS
    settings.parent.mkdir(parents=True)
    settings.write_text(
        json.dumps({"windowingMode": "none", "autoStartDefaultKernel": True})
    )
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }
    python = os.environ.get("JUPYTER_PYTHON", sys.executable)
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            [python, "-m", "jupyterlab", "--no-browser", "--allow-root",
             "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=",
             "--ServerApp.disable_check_xsrf=True",
             f"--ServerApp.root_dir={home / 'notebooks'}",
             "--LabApp.news_url=None", "--LabApp.check_for_updates_class="
             "jupyterlab.NeverCheckForUpdate"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield _address(home / "runtime", server, home / "log")
    finally:
        server.terminate()
        server.wait(30)


def _address(runtime, server, log):
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        for file in runtime.glob("jpserver-*.json"):
            address = f"http://127.0.0.1:{json.loads(file.read_text())['port']}/"
            try:
                urllib.request.urlopen(address + "api", timeout=5).close()
            except OSError:
                break
            return address
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def run_all(jupyterlab, watch):
    """Open a notebook, run all of its cells, and end its kernel afterwards."""

    def run(name):
        watched = watch(jupyterlab, f"doc/tree/{name}.ipynb", **WIDE)
        page = watched.page
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        page.get_by_text("(ipykernel) | Idle").wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        code = page.locator(".jp-Notebook .jp-CodeCell").count()
        page.wait_for_function(RAN, arg=code, timeout=600_000, polling=250)
        errors = page.locator("[data-mime-type='application/vnd.jupyter.error']")
        assert errors.all_inner_texts() == []
        return watched

    yield run
    sessions = json.load(urllib.request.urlopen(jupyterlab + "api/sessions"))
    for session in sessions:
        address = f"{jupyterlab}api/sessions/{session['id']}"
        request = urllib.request.Request(address, method="DELETE")
        urllib.request.urlopen(request).close()


def move_a_control(panel):
    """Move the first slider; where there is none, press a button that is not down."""
    handle = panel.locator(".noUi-handle")
    if handle.count():
        handle.first.press("ArrowRight")
    else:
        panel.locator(".widget-toggle-button:not(.mod-active)").first.click()


def answer_an_exercise(page):
    """Write an answer below the exercise, as a student does, and be told."""
    answer = page.locator(".jp-CodeCell", has_text="Your answer to Exercise 4.2")
    assert answer.locator(".jp-OutputArea-output").count() == 0
    answer.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\ncheck('4.2', 9)")
    page.keyboard.press("Shift+Enter")
    answer.get_by_text("Exercise 4.2: right.").wait_for(timeout=60_000)


@pytest.mark.parametrize("name", RUN)
def test_all_cells_run_and_the_first_control_moves_its_picture(run_all, name):
    watched = run_all(name)
    page = watched.page
    panels = page.locator(".jp-OutputArea-output", has=page.locator("[data-frame]"))
    source = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
    if "explorer" in source:
        panels.first.wait_for(timeout=60_000)
    if panels.count():
        browser.reveal(page)
        figure = panels.first.locator("[data-frame]").first
        figure.scroll_into_view_if_needed()
        before = figure.inner_html()
        move_a_control(panels.first)
        page.wait_for_function(
            CHANGED, arg=[figure.element_handle(), before], timeout=60_000
        )
    prose = "".join(page.locator(".jp-MarkdownCell").all_inner_texts())
    assert prose.count("Exercise") > 2
    for markup in (":::", "```", "{term}", "{ref}", "{cite"):
        assert markup not in prose, "theorems, exercises and terms are shown as such"
    if name == STUDENT:
        answer_an_exercise(page)
    assert [c for c in watched.complaints if c.startswith("error:")] == []


def test_the_laboratory_follows_its_controls(run_all):
    watched = run_all(LABORATORY)
    page = watched.page
    panel = page.locator(".jp-OutputArea-output", has=page.locator("[data-frame]"))
    panel = panel.first
    pictures = panel.locator("[data-frame]")
    assert pictures.count() == 4

    def act_and_wait(act, k=0):
        before = pictures.nth(k).inner_html()
        act()
        arg = [pictures.nth(k).element_handle(), before]
        page.wait_for_function(CHANGED, arg=arg, timeout=60_000)
        return pictures.nth(k).locator(".sf-sentence").inner_text()

    slider = panel.locator(".widget-slider", has_text="ρ(W)").locator(".noUi-handle")
    slider.focus()
    assert "ρ(W) = 1.41;" in act_and_wait(lambda: slider.press("ArrowRight"), 1)

    # Many moves at once: the last one is what stays.
    def push():
        for _ in range(20):
            slider.press("ArrowLeft", no_wait_after=True)

    act_and_wait(push, 1)
    page.wait_for_function(
        "(e) => e.textContent.includes('ρ(W) = 1.21;')",
        arg=pictures.nth(1).element_handle(),
    )
    relu = panel.get_by_role("button", name="relu", exact=True)
    act_and_wait(relu.click, 2)

    own = panel.get_by_role("textbox").and_(panel.locator("textarea"))
    own.fill("[[0, 1], [2")
    own.blur()
    panel.get_by_role("alert").wait_for()
    assert "W must be lists of numbers" in panel.get_by_role("alert").inner_text()
    assert panel.locator(".sf-stale [data-frame]").count() == 4

    def rotate():
        own.fill("[[0, 1], [-1, 0]]")
        own.blur()

    assert "of the 2 eigenvalues none" in act_and_wait(rotate, 1)
    panel.get_by_role("alert").wait_for(state="detached")
    assert panel.locator(".sf-stale").count() == 0

    panel.get_by_role("button", name="Export").click()
    panel.locator("a[download]").nth(5).wait_for(timeout=60_000)
    with page.expect_download() as download:
        panel.locator("a[download='laboratory.py']").click()
    assert "W=np.array([[" in download.value.path().read_text(encoding="utf-8")
    assert [c for c in watched.complaints if c.startswith("error:")] == []
