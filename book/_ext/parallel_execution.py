"""Execute notebooks side by side, one on each core.

MyST-NB executes a notebook when Sphinx reads it, so one after the other.  Here they are
executed just before, into the cache in which MyST-NB then finds them.  A notebook that
raises is not in the cache: MyST-NB executes it again, and reports it.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nbclient
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor, utils
from jupyter_client import KernelManager
from myst_nb.core.read import create_nb_reader
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

    def execute(record: Any) -> None:
        logger.info("Executing %s", record.uri)
        executor.run_and_cache(filter_pks=[record.pk], timeout=config.execution_timeout)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # The last first: towards the end of the book they take longer.
        list(pool.map(execute, reversed(missing)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("env-before-read-docs", fill_cache)
    # Or else each kernel warns that its words cross this machine unencrypted.
    KernelManager.transport_encryption.default_value = "auto"
    # Printed lines arrive in pieces, cut where the kernel happened to flush.  MyST-NB
    # would join them too, but breaks the line at a cut and drops the blanks there.
    utils.executenb = partial(nbclient.execute, coalesce_streams=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
