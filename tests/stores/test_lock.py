"""One process a SQLite file."""

import subprocess
import sys
from pathlib import Path

import pytest

from creditrisk.errors import InvalidSettings
from creditrisk.stores.engine import open_engine
from creditrisk.stores.lock import sole_owner

HOLD = """
import sys
from creditrisk.stores.lock import sole_owner
from creditrisk.stores.engine import open_engine
with sole_owner(open_engine(sys.argv[1], 5.0)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(InvalidSettings, match=r"decisions\.db serves another process; .*PostgreSQL"),
            sole_owner(open_engine(url, 5.0)),
        ):
            pass
        holder.kill()  # a crash leaves no lock behind
        holder.wait()
        with sole_owner(open_engine(url, 5.0)):
            pass


def test_the_same_file_by_another_path_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "decisions.db")
    with (
        sole_owner(open_engine(f"sqlite:///{tmp_path / 'decisions.db'}", 5.0)),
        pytest.raises(InvalidSettings),
        sole_owner(open_engine(f"sqlite:///{tmp_path / 'link.db'}", 5.0)),
    ):
        pass


def test_postgres_takes_any_number(empty_postgres: str) -> None:
    with sole_owner(open_engine(empty_postgres, 5.0)), sole_owner(open_engine(empty_postgres, 5.0)):
        pass


@pytest.mark.parametrize("url", ["mysql://localhost/decisions", "not a url", "", "sqlite:////dev/null/decisions.db"])
def test_a_store_that_cannot_be_is_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL"):
        open_engine(url, 5.0)
