"""What JSON a field of a message may be, by protobuf's JSON mapping.

``google.protobuf.json_format`` takes more than the mapping says (true for 1.0, "1_0" for 10, any text for bytes), and
stops at the first error. So JSON is checked here, all of it, and converted there.
"""

import math
import re
from collections.abc import Callable
from typing import Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

NUMBER: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
"""A number as text."""
BASE64: Final = r"^[A-Za-z0-9+/_-]*={0,2}$"
TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
DURATION: Final = r"^-?[0-9]+(\.[0-9]{1,9})?s$"
NOT_FINITE: Final = ("NaN", "Infinity", "-Infinity")
BITS: Final = {FieldDescriptor.TYPE_INT32: 32, FieldDescriptor.TYPE_INT64: 64}
LONGEST_NUMBER: Final = 400
"""Characters; Python would take quadratic time over the digits of more."""

Fits = Callable[[object], bool]


def rule(field: FieldDescriptor, value: object) -> str | None:
    """The rule that one ``value`` of a field breaks; None where it fits. Messages proper are not for this."""
    if field.message_type is not None:
        fits, said = _WELL_KNOWN[field.message_type.full_name]
    elif field.enum_type is not None:
        return _enum(field.enum_type, value)
    else:
        fits, said = _SCALARS[field.type]
    return None if fits(value) else said


def is_well_known(message: Descriptor) -> bool:
    """Whether a message is written as one JSON value, not as an object of its fields."""
    return message.full_name in _WELL_KNOWN


def _enum(enum: EnumDescriptor, value: object) -> str | None:
    if value in enum.values_by_name if isinstance(value, str) else _is_integer(32)(value):
        return None
    return f"must be one of {', '.join(enum.values_by_name)}"


def _is_integer(bits: int) -> Fits:
    def fits(value: object) -> bool:
        if isinstance(value, str):
            value = _number(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return type(value) is int and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)

    return fits


def _is_double(value: object) -> bool:
    if isinstance(value, str):
        if value in NOT_FINITE:
            return True
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _number(text: str) -> int | float | None:
    if len(text) > LONGEST_NUMBER or not re.match(NUMBER, text) or text.endswith("\n"):
        return None
    return int(text) if text.removeprefix("-").isdigit() else float(text)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def _is_base64(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(BASE64[1:-1], value)) and len(value.rstrip("=")) % 4 != 1


def _is_json_of(message: type[Timestamp | Duration], pattern: str) -> Fits:
    def fits(value: object) -> bool:
        if not isinstance(value, str) or not re.fullmatch(pattern[1:-1], value):
            return False
        try:
            message().FromJsonString(value)
        except ValueError:
            return False
        return True

    return fits


_SCALARS: Final[dict[int, tuple[Fits, str]]] = {
    FieldDescriptor.TYPE_BOOL: (lambda value: isinstance(value, bool), "must be true or false"),
    FieldDescriptor.TYPE_INT32: (_is_integer(32), "must be a whole number of 32 bits"),
    FieldDescriptor.TYPE_INT64: (_is_integer(64), "must be a whole number of 64 bits, or one as a string"),
    FieldDescriptor.TYPE_DOUBLE: (_is_double, "must be a number"),
    FieldDescriptor.TYPE_STRING: (_is_text, "must be a string of Unicode"),
    FieldDescriptor.TYPE_BYTES: (_is_base64, "must be a string of base64"),
}
"""Every scalar type that requests have."""
_WELL_KNOWN: Final[dict[str, tuple[Fits, str]]] = {
    Timestamp.DESCRIPTOR.full_name: (
        _is_json_of(Timestamp, TIME),
        "must be a time of RFC 3339, such as 2026-01-31T12:00:00Z",
    ),
    Duration.DESCRIPTOR.full_name: (_is_json_of(Duration, DURATION), "must be seconds with an s, such as 86400s"),
}
