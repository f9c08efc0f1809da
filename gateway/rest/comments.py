"""The protos' comments by the full name of what they are above.

The stubs have none, so ``make protos`` writes the descriptors with their comments beside this module.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

MESSAGES: Final = FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER
ENUMS: Final = FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER
SERVICES: Final = FileDescriptorProto.SERVICE_FIELD_NUMBER
METHODS: Final = ServiceDescriptorProto.METHOD_FIELD_NUMBER
VALUES: Final = EnumDescriptorProto.VALUE_FIELD_NUMBER
FIELDS: Final = DescriptorProto.FIELD_FIELD_NUMBER
ONEOFS: Final = DescriptorProto.ONEOF_DECL_FIELD_NUMBER

Path = tuple[int, ...]


@cache
def comments() -> Mapping[str, str]:
    """Every comment; its lines as they are broken in the proto."""
    described = FileDescriptorSet.FromString(files("gateway.rest").joinpath("api.binpb").read_bytes())
    found = {}
    for file in described.file:
        names = dict(_names(file))
        for location in file.source_code_info.location:
            if location.leading_comments and tuple(location.path) in names:
                lines = location.leading_comments.rstrip().split("\n")
                found[names[tuple(location.path)]] = "\n".join(line.removeprefix(" ") for line in lines)
    return found


def _names(file: FileDescriptorProto) -> Iterator[tuple[Path, str]]:
    """Full names by the path of numbers that leads to them in a file's descriptor."""
    for at, message in enumerate(file.message_type):
        yield from _in_message((MESSAGES, at), f"{file.package}.{message.name}", message)
    for at, enum in enumerate(file.enum_type):
        yield (ENUMS, at), f"{file.package}.{enum.name}"
        # By the rules of protobuf a value's name is a sibling of its enum's.
        for value_at, value in enumerate(enum.value):
            yield (ENUMS, at, VALUES, value_at), f"{file.package}.{value.name}"
    for at, service in enumerate(file.service):
        yield (SERVICES, at), f"{file.package}.{service.name}"
        for method_at, method in enumerate(service.method):
            yield (SERVICES, at, METHODS, method_at), f"{file.package}.{service.name}.{method.name}"


def _in_message(path: Path, name: str, message: DescriptorProto) -> Iterator[tuple[Path, str]]:
    yield path, name
    for at, field in enumerate(message.field):
        yield (*path, FIELDS, at), f"{name}.{field.name}"
    for at, oneof in enumerate(message.oneof_decl):
        yield (*path, ONEOFS, at), f"{name}.{oneof.name}"
