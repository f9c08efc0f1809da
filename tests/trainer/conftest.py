"""What tests of the data share: Kaggle's seven files in small, and what is prepared from them."""

import shutil
from pathlib import Path

import pytest

from tests.trainer.history_files import tables, write
from trainer.data import parts, prepare
from trainer.generator import Generated, generate


@pytest.fixture(scope="session")
def generated() -> Generated:
    """The applications in the files."""
    return generate(300, seed=3)


@pytest.fixture(scope="session")
def kaggle(generated: Generated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kaggle's files; not to be changed."""
    return write(tmp_path_factory.mktemp("downloaded") / "kaggle", generated, tables())


@pytest.fixture(scope="session")
def prepared(kaggle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data prepared from them, in parts of 100 applicants; not to be changed."""
    out = tmp_path_factory.mktemp("prepared") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART", 100)
        prepare(kaggle, out)
    return out


@pytest.fixture
def folder(kaggle: Path, tmp_path: Path) -> Path:
    """A copy of Kaggle's files to spoil."""
    return Path(shutil.copytree(kaggle, tmp_path / "kaggle"))


@pytest.fixture
def out(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data to damage."""
    return Path(shutil.copytree(prepared, tmp_path / "out"))
