"""LoanApplication holds exactly the columns of ``creditrisk.application``, and carries them unchanged."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.application import COLUMNS, ApplicationBatch, Column, Kind
from creditrisk.wire import body_hash, to_applications, to_batch
from tests.contract.batches import batches, same_bits

TYPES = {
    Kind.NUMBER: FieldDescriptor.TYPE_DOUBLE,
    Kind.INTEGER: FieldDescriptor.TYPE_INT32,
    Kind.FLAG: FieldDescriptor.TYPE_BOOL,
    Kind.CATEGORY: FieldDescriptor.TYPE_STRING,
}
FIELDS = LoanApplication.DESCRIPTOR.fields_by_name
OWN = {"sk_id_curr", "application_time"}
PROTO = Path(__file__).parents[2] / "protos/creditrisk/api/application/v1/application.proto"


def test_fields_are_the_columns() -> None:
    assert set(FIELDS) - OWN == {column.field for column in COLUMNS}
    assert len({column.field for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_field_has_its_columns_type_and_knows_whether_it_was_sent(column: Column) -> None:
    field = FIELDS[column.field]
    assert field.type == TYPES[column.kind]
    assert field.has_presence
    assert not field.is_repeated


def documented(column: Column) -> str:
    """The comment of a column's field, on one line, its numbers without thousands' commas."""
    before, _, _ = PROTO.read_text(encoding="utf-8").partition(f" {column.field} = ")
    block = before[before.rindex("\n\n") :]
    lines = (line.strip().removeprefix("//").strip() for line in block.splitlines() if "//" in line)
    return re.sub(r"(?<=\d),(?=\d)", "", " ".join(lines))


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_fields_comment_states_its_column_range_and_whether_it_is_required(column: Column) -> None:
    comment = documented(column)
    assert column.name in comment
    assert ("REQUIRED" in comment) == column.required
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        low, high = column.valid
        assert f"Range: {low:g} to {high:g}" in comment
        if column.plausible != column.valid:
            low, high = column.plausible
            assert f"Plausible: {low:g} to {high:g}" in comment


@given(batches())
def test_the_wire_changes_no_bit(batch: ApplicationBatch) -> None:
    sent = [LoanApplication.FromString(one.SerializeToString()) for one in to_applications(batch)]
    received, violations = to_batch(sent)
    assert same_bits(received.numbers, batch.numbers)
    assert [list(column) for column in received.categories] == [list(column) for column in batch.categories]
    assert violations == {}


def test_nan_is_refused_by_name_and_empty_text_is_not_given() -> None:
    received, violations = to_batch(
        [LoanApplication(ext_source_1=0.5, code_gender=""), LoanApplication(ext_source_1=np.nan, amt_annuity=np.nan)]
    )
    assert {row: [one.field for one in found] for row, found in violations.items()} == {
        1: ["amt_annuity", "ext_source_1"]
    }
    assert all(column[0] is None for column in received.categories)


def test_the_body_hash_tells_every_field_apart() -> None:
    bodies = [LoanApplication(), LoanApplication(sk_id_curr=1), LoanApplication(application_time=Timestamp(seconds=1))]
    examples: dict[Kind, Any] = {Kind.NUMBER: 0.0, Kind.INTEGER: 0, Kind.FLAG: False, Kind.CATEGORY: ""}
    bodies += [LoanApplication(**{column.field: examples[column.kind]}) for column in COLUMNS]
    assert len({body_hash(body) for body in bodies}) == len(bodies)
    assert body_hash(LoanApplication(sk_id_curr=1)) == body_hash(LoanApplication(sk_id_curr=1))
