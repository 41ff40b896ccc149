"""With a live kernel, in JupyterLab, the same figure moves under the same control."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture
def jupyterlab(tmp_path):
    """Start JupyterLab on a copy of the notebooks; yield its address."""
    folder = tmp_path / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    runtime = tmp_path / "runtime"
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
    }
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
             "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=",
             f"--ServerApp.root_dir={folder}",
             "--LabApp.news_url=None", "--LabApp.check_for_updates_class="
             "jupyterlab.NeverCheckForUpdate"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield _address(runtime, server, tmp_path / "log")
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


def test_a_control_moves_the_picture_in_jupyterlab(jupyterlab, watch):
    watched = watch(
        jupyterlab,
        "doc/tree/03_gradient_norms.ipynb",
        viewport={"width": 1200, "height": 900},
    )
    page = watched.page
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    figure = page.locator("[data-frame]").first
    figure.wait_for(state="attached", timeout=120_000)
    figure.scroll_into_view_if_needed()
    before = figure.get_attribute("data-frame"), figure.inner_html()
    handle = page.locator(".noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function(
        "([el, frame]) => el.dataset.frame !== frame",
        arg=[figure.element_handle(), before[0]],
    )
    assert figure.inner_html() != before[1]
    assert not [c for c in watched.complaints if c.startswith("error:")]
