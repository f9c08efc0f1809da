"""Prepared data: old or new, never between; and what is not as it was prepared is refused."""

import json
from pathlib import Path

import pytest

from creditrisk.errors import InvalidData, InvalidSettings
from creditrisk.history import Table
from creditrisk.stores.lock import held
from trainer.data import load, prepare


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_wrong_table_leaves_earlier_data_as_it_was(folder: Path, out: Path, tmp_path: Path) -> None:
    before = content(out)
    path = folder / "installments_payments.csv"
    path.write_text(path.read_text() + "1,2,3\n")
    with pytest.raises(InvalidData, match="the last line has 3 of 8 fields"):
        prepare(folder, out)
    assert content(out) == before
    with pytest.raises(InvalidData):
        prepare(folder, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("steps", range(4))
def test_a_run_cut_off_while_files_take_their_places_leaves_nothing_that_loads(
    kaggle: Path, out: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    rename, done = Path.rename, []

    def failing(path: Path, target: Path) -> Path:
        if len(done) == steps:
            raise OSError("pulled the plug")
        done.append(target)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="plug"):
        prepare(kaggle, out, without=[table for table in Table if table is not Table.CARD])
    with pytest.raises(InvalidData, match="holds no prepared data"):
        load(out)


def test_what_a_killed_run_left_is_cleared_away(kaggle: Path, out: Path) -> None:
    left = out / ".preparing" / "histories" / "bureau"
    left.mkdir(parents=True)
    (left / "0099.parquet").write_bytes(b"half")
    prepare(kaggle, out, without=[table for table in Table if table is not Table.BUREAU])
    names = {"application_train.parquet", "application_test.parquet", "data.json", "histories/bureau/0000.parquet"}
    assert content(out).keys() == names


def test_histories_of_earlier_data_do_not_stay(kaggle: Path, out: Path) -> None:
    assert load(out).histories
    prepare(kaggle, out, without=tuple(Table))
    assert not (out / "histories").exists()
    assert load(out).histories is None


def test_two_runs_do_not_write_at_once(kaggle: Path, tmp_path: Path) -> None:
    with held(tmp_path / "out"), pytest.raises(InvalidSettings, match="is being written by another run"):
        prepare(kaggle, tmp_path / "out")


def test_prepared_data_does_not_take_the_place_of_kaggles_files(kaggle: Path) -> None:
    with pytest.raises(InvalidData, match="keep Kaggle's files in another folder"):
        prepare(kaggle, kaggle / ".." / kaggle.name)


def test_a_damaged_part_is_refused_when_it_is_read(out: Path) -> None:
    bureau = out / "histories" / "bureau"
    (bureau / "0001.parquet").write_bytes(b"PAR1 and no more")
    (bureau / "0002.parquet").write_bytes((bureau / "0003.parquet").read_bytes())

    histories = load(out).histories
    assert histories
    assert histories.read(Table.BUREAU, 0).height
    with pytest.raises(InvalidData, match=r"bureau/0001\.parquet cannot be read: .*; prepare the data again"):
        histories.read(Table.BUREAU, 1)
    with pytest.raises(InvalidData, match=r"bureau/0002\.parquet is not the table that was prepared; prepare"):
        histories.read(Table.BUREAU, 2)


def test_a_part_that_is_not_there_is_refused_at_once(out: Path) -> None:
    (out / "histories" / "POS_CASH_balance" / "0000.parquet").unlink()
    with pytest.raises(InvalidData, match=r"POS_CASH_balance/0000\.parquet is not there; prepare the data again"):
        load(out)


def test_data_of_an_older_format_is_refused(out: Path) -> None:
    path = out / "data.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
    with pytest.raises(InvalidData, match=r"data\.json has format 1, not 2; prepare the data again"):
        load(out)
