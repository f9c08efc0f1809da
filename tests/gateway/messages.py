"""Generated messages of any type."""

from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

WHOLE = {32: st.integers(-(2**31), 2**31 - 1), 64: st.integers(-(2**63), 2**63 - 1)}
VALUES: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_INT32: WHOLE[32],
    FieldDescriptor.TYPE_INT64: WHOLE[64],
    FieldDescriptor.TYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    FieldDescriptor.TYPE_FLOAT: st.floats(allow_nan=False, allow_infinity=False, width=32),
    FieldDescriptor.TYPE_STRING: st.text(max_size=5),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=9),
}
TIMES = st.builds(dict, seconds=st.integers(-62_135_596_800, 253_402_300_799), nanos=st.integers(0, 999_999_999))
SPANS = st.builds(dict, seconds=st.integers(0, 315_576_000_000), nanos=st.integers(0, 999_999_999))
WELL_KNOWN = {"google.protobuf.Timestamp": TIMES, "google.protobuf.Duration": SPANS}


@cache
def messages(of: Descriptor) -> st.SearchStrategy[Message]:
    """Any message of a type."""
    return _fields(of).map(lambda fields: GetMessageClass(of)(**fields))


def _fields(of: Descriptor) -> st.SearchStrategy[dict[str, Any]]:
    if of.full_name in WELL_KNOWN:
        return WELL_KNOWN[of.full_name]
    choices = [[field.name for field in one.fields] for one in of.oneofs if len(one.fields) > 1]

    def one_of_each(fields: dict[str, Any]) -> dict[str, Any]:
        for names in choices:
            for surplus in [each for each in names if each in fields][1:]:
                del fields[surplus]
        return fields

    return st.fixed_dictionaries({}, optional={field.name: _value(field) for field in of.fields}).map(one_of_each)


def _value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        one: st.SearchStrategy[Any] = _fields(field.message_type)
    elif field.enum_type is not None:
        one = st.sampled_from(sorted(field.enum_type.values_by_number))
    else:
        one = VALUES[field.type]
    return st.lists(one, max_size=2) if field.is_repeated else one
