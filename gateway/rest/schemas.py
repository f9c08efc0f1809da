"""JSON schemas of messages, by their descriptors and comments.

A request's schema takes every form that protobuf's JSON mapping takes, by the fields' lowerCamelCase names; an answer's
has the one form that is written. What a comment says by a convention, the schema says too: "REQUIRED." and "Range: …".
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.rest.comments import comments
from gateway.rest.mapping import BASE64, BITS, DURATION, NUMBER, TIME

Schema = dict[str, Any]

REQUIRED: Final = "REQUIRED."
RANGE: Final = re.compile(r"Range:\s+(\S+)\s+to\s+([^\s,.]+(?:[.,]\d+)*)(?:,\s+or\s+(-?\d+))?")
WELL_KNOWN: Final[dict[str, Schema]] = {
    Timestamp.DESCRIPTOR.full_name: {"type": "string", "format": "date-time", "pattern": TIME},
    Duration.DESCRIPTOR.full_name: {"type": "string", "pattern": DURATION},
}
BYTES: Final[Schema] = {"type": "string", "contentEncoding": "base64", "pattern": BASE64}


class Schemas:
    """The schemas of a description, each message's under its name."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._whose: dict[str, tuple[str, bool]] = {}

    def of(self, message: Descriptor, *, sent: bool) -> Schema:
        """A reference to a message's schema: as callers send it, or as it is answered."""
        return self._refer(message.name, message.full_name, lambda: self._object(message, sent=sent), sent=sent)

    def parameter(self, field: FieldDescriptor) -> Schema:
        """The schema of one value of a field in the path or the query."""
        schema = _simple(field) if field.enum_type is None else _enum(field.enum_type)
        if field.type == FieldDescriptor.TYPE_INT64:
            schema = {"type": "integer", "format": "int64", **_limits(field)}
        return {"type": "array", "items": schema} if field.is_repeated else schema

    def _refer(self, name: str, full_name: str, make: Any, *, sent: bool) -> Schema:
        known = self._whose.setdefault(name, (full_name, sent))
        if known != (full_name, sent):
            raise ValueError(f"{name} would be the schema of {known} and of {(full_name, sent)}")
        if name not in self.named:
            self.named[name] = {}
            self.named[name] = make()
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, message: Descriptor, *, sent: bool) -> Schema:
        schema: Schema = {"type": "object"} | _described(message.full_name)
        fields = message.fields
        schema["properties"] = {one.json_name: self._property(one, sent=sent) for one in fields}
        required = [one.json_name for one in fields if (_is_required(one) if sent else not one.has_presence)]
        if required:
            schema["required"] = required
        if sent:
            schema["additionalProperties"] = False
        choices = [
            [{"required": [one.json_name]} for one in choice.fields]
            for choice in message.oneofs
            if not choice.name.startswith("_") and (not sent or REQUIRED in comments().get(choice.full_name, ""))
        ]
        if choices:
            (schema["oneOf"],) = choices
        return schema

    def _property(self, field: FieldDescriptor, *, sent: bool) -> Schema:
        single = self._single(field, sent=sent)
        if field.is_repeated:
            single = {"type": "array", "items": single}
            if sent and _is_required(field):
                single["minItems"] = 1
        real_choice = field.containing_oneof is not None and not field.containing_oneof.name.startswith("_")
        if sent and not _is_required(field) and not real_choice:
            # Absent and null are the same.
            single = (
                single | {"type": [*_list(single["type"]), "null"]}
                if "type" in single
                else {"anyOf": [single, {"type": "null"}]}
            )
        return single | _described(field.full_name)

    def _single(self, field: FieldDescriptor, *, sent: bool) -> Schema:
        if field.enum_type is not None:
            enum = field.enum_type
            return self._refer(enum.name, enum.full_name, lambda: _enum(enum), sent=sent)
        if field.message_type is not None and field.message_type.full_name not in WELL_KNOWN:
            return self.of(field.message_type, sent=sent)
        schema = _simple(field)
        if sent and schema["type"] in {"integer", "number"}:
            return schema | {"type": [schema["type"], "string"], "pattern": NUMBER}
        if not sent and field.type == FieldDescriptor.TYPE_INT64:
            return {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
        return schema


def _simple(field: FieldDescriptor) -> Schema:
    """The usual form of one value that is neither an enum's nor an object."""
    if field.message_type is not None:
        return dict(WELL_KNOWN[field.message_type.full_name])
    if field.type in BITS:
        return {"type": "integer", "format": f"int{BITS[field.type]}", **_limits(field)}
    return {
        FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double", **_limits(field)},
        FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
        FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
        FieldDescriptor.TYPE_STRING: {"type": "string"},
        FieldDescriptor.TYPE_BYTES: dict(BYTES),
    }[field.type]


def _limits(field: FieldDescriptor) -> Schema:
    """Least and greatest value: of the range that the comment states, else of the type."""
    bits = BITS.get(field.type)
    found = RANGE.search(comments()[field.full_name])
    if found is None:
        return {} if bits is None else {"minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}
    kind = float if bits is None else lambda text: int(float(text))
    low, high = (kind(text.replace(",", "")) for text in found.groups()[:2])
    if found[3] is None:
        return {"minimum": low, "maximum": high}
    return {"anyOf": [{"minimum": low, "maximum": high}, {"const": int(found[3])}]}


def _enum(enum: EnumDescriptor) -> Schema:
    said = "\n".join(f"- `{one.name}`: {comments()[f'{enum.file.package}.{one.name}']}" for one in enum.values)
    described = comments()[enum.full_name]
    return {"type": "string", "enum": list(enum.values_by_name), "description": f"{described}\n\n{said}"}


def _is_required(field: FieldDescriptor) -> bool:
    return REQUIRED in comments().get(field.full_name, "")


def _described(full_name: str) -> Schema:
    said = comments().get(full_name)
    return {} if said is None else {"description": said}


def _list(kind: Any) -> Iterator[str]:
    yield from kind if isinstance(kind, list) else [kind]
