"""A bundle with reports of a test's making."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from creditrisk.model.bundle import Bundle, seal


def reported(bundle: Bundle, folder: Path, files: Mapping[str, bytes]) -> Bundle:
    """A copy of ``bundle`` in ``folder`` with ``files``, by path, sealed anew."""
    shutil.copytree(bundle.directory, folder)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return seal(folder, bundle.manifest)
