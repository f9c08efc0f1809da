"""Between HTTP's JSON and query parameters, and messages; whatever the message."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from creditrisk.errors import InvalidArgument, Violation
from gateway.rest.mapping import is_well_known, rule

BODY: Final = "body"
"""What a violation names where it is of no field."""


def read_body(body: bytes, to: Descriptor) -> Message:
    """The message of a JSON body.

    Raises:
        InvalidArgument: naming line and column, or all fields that are wrong.
    """
    try:
        data = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise _no_json(f"{error.msg}, line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise _no_json("nested too deep") from error
    except ValueError as error:  # not UTF-8, a name that is given twice, a number of thousands of digits
        raise _no_json(str(error)) from error
    return _message(data, to)


def read_parameters(path: Mapping[str, str], query: Iterable[tuple[str, str]], to: Descriptor) -> Message:
    """The message of fields in the path and query parameters, by either of their names.

    Raises:
        InvalidArgument: naming all parameters that are wrong.
    """
    data: dict[str, Any] = {}
    found = []
    for name, text in (*path.items(), *query):
        field = field_of(to, name)
        if field is None:
            found.append(_unknown(name))
        elif field.is_repeated:
            data.setdefault(name, []).append(_value(field, text))
        elif name in data:
            found.append(Violation(name, "is given twice"))
        else:
            data[name] = _value(field, text)
    if found:
        raise InvalidArgument(found)
    return _message(data, to)


def write(message: Message) -> bytes:
    """A message as JSON, fields that have no presence printed also where they are 0, false or empty."""
    data = MessageToDict(message, always_print_fields_with_no_presence=True)
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def field_of(message: Descriptor, name: str) -> FieldDescriptor | None:
    """A field by the name it has in JSON (lowerCamelCase) or in the proto."""
    known: FieldDescriptor | None = message.fields_by_camelcase_name.get(name) or message.fields_by_name.get(name)
    return known


def json_path(path: str, of: Descriptor) -> str:
    """A field's path, such as application.amt_credit, with JSON's names; what is no field stays."""
    names: list[str] = []
    message: Descriptor | None = of
    for part in path.split("."):
        name, bracket, index = part.partition("[")
        field = message.fields_by_name.get(name) if message is not None else None
        names.append((field.json_name if field is not None else name) + bracket + index)
        message = field.message_type if field is not None else None
    return ".".join(names)


def _message(data: Any, to: Descriptor) -> Message:
    if found := list(_violations(data, to, "")):
        raise InvalidArgument(found)
    return ParseDict(data, GetMessageClass(to)())


def _violations(data: object, of: Descriptor, path: str) -> Iterator[Violation]:
    """All that keeps ``data`` from being a message of the type ``of``."""
    if not isinstance(data, dict):
        yield Violation(path.removesuffix(".") or BODY, "must be an object")
        return
    given: set[str] = set()
    for name, value in data.items():
        field = field_of(of, name)
        if field is None:
            yield _unknown(path + name)
            continue
        choice = field.containing_oneof
        if field.name in given:
            yield Violation(path + name, "is given twice, under both of its names")
        elif value is not None and choice is not None and choice.name in given:
            yield Violation(path + choice.name, f"must be one of {', '.join(one.json_name for one in choice.fields)}")
        elif value is not None:
            yield from _of_field(field, value, path + name)
        given.add(field.name)
        if choice is not None and value is not None:
            given.add(choice.name)


def _of_field(field: FieldDescriptor, value: object, path: str) -> Iterator[Violation]:
    if field.is_repeated:
        if not isinstance(value, list):
            yield Violation(path, "must be an array")
            return
        every = [(f"{path}[{at}]", one) for at, one in enumerate(value)]
    else:
        every = [(path, value)]
    for where, one in every:
        if field.message_type is not None and not is_well_known(field.message_type):
            yield from _violations(one, field.message_type, f"{where}.")
        elif broken := rule(field, one):
            yield Violation(where, broken)


def _value(field: FieldDescriptor, text: str) -> object:
    """A parameter's text as JSON has it: all types but one are read from strings too."""
    return {"true": True, "false": False}.get(text, text) if field.type == FieldDescriptor.TYPE_BOOL else text


def _unknown(path: str) -> Violation:
    return Violation(path or '""', "is no field; see /docs")


def _no_json(why: str) -> InvalidArgument:
    return InvalidArgument([Violation(BODY, f"is no JSON: {why}")])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(one for one in names if names.count(one) > 1)!r} is given twice in one object")
    return found


def _constant(text: str) -> None:
    raise ValueError(f'{text} is no number of JSON; "{text}" in quotes is one of protobuf')
