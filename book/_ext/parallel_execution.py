"""Execute notebooks side by side, one on each core.

MyST-NB executes a notebook when Sphinx reads it, so one after the other.  Here they are
executed just before, into the cache in which MyST-NB then finds them.  (jupyter-cache's
own parallel executor is silent until all are done, and starts processes that import
everything anew.)  A notebook that raises, or writes to stderr, is not in the cache:
MyST-NB executes it again, and reports it.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import nbclient
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor, utils
from jupyter_client import KernelManager
from myst_nb.core.read import create_nb_reader
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)


def fill_cache(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute those of the pages to be read that the cache lacks."""
    config = env.mystnb_config
    cache = get_cache(config.execution_cache_path)
    project = []
    for name in docnames:
        path = str(env.doc2path(name))
        content = Path(path).read_text(encoding="utf-8")
        reader = create_nb_reader(path, env.myst_config, config, content)
        if reader is not None:
            options = {"read_data": reader.read_fmt} if reader.read_fmt else {}
            project.append(cache.add_nb_to_project(path, **options).pk)
    missing = cache.list_unexecuted(filter_pks=project) if project else []
    executor = load_executor("local-serial", cache)

    def execute(record: Any) -> tuple[str, float]:
        start = time.perf_counter()
        executor.run_and_cache(filter_pks=[record.pk], timeout=config.execution_timeout)
        return Path(record.uri).name, time.perf_counter() - start

    if missing:
        names = ", ".join(Path(record.uri).name for record in missing)
        logger.info("Executing %s …", names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Long texts first, as a rule the slow ones: at the end no core waits long.
        missing.sort(key=lambda record: Path(record.uri).stat().st_size, reverse=True)
        begun = [pool.submit(execute, record) for record in missing]
        for count, done in enumerate(as_completed(begun), 1):
            name, seconds = done.result()
            logger.info("%d of %d: %s, %.0f s", count, len(begun), name, seconds)


def execute_notebook(notebook: NotebookNode, **options: Any) -> NotebookNode:
    """Execute a notebook as nbclient does, and refuse what it says on stderr.

    MyST-NB refuses that too, but only after it has gone into the cache, from where it
    would come again, and without the text.
    """
    # Printed lines arrive in pieces, cut where the kernel happened to flush.  MyST-NB
    # would join them too, but breaks the line at a cut and drops the blanks there.
    done = nbclient.execute(notebook, coalesce_streams=True, **options)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                said = f"This cell wrote to stderr:\n{cell.source}\n\n{output.text}"
                raise CellExecutionError(said, "stderr", output.text)
    return done


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("env-before-read-docs", fill_cache)
    # Or else each kernel warns that its words cross this machine unencrypted.
    KernelManager.transport_encryption.default_value = "auto"
    utils.executenb = execute_notebook
    return {"parallel_read_safe": True, "parallel_write_safe": True}
