"""JSON and messages are each other's: laws over generated messages of every RPC."""

import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.errors import InvalidArgument
from creditrisk.wire import to_applications
from gateway.rest.rpcs import RPCS
from gateway.rest.transcode import json_path, read_body, read_parameters, write
from tests.contract.batches import batches
from tests.gateway.messages import messages

POSTED = [rpc for rpc in RPCS if rpc.verb == "POST"]


def name(rpc: Any) -> str:
    return str(rpc.method.name)


def test_an_application_comes_back_from_json_to_the_bit() -> None:
    @given(batches())
    def law(batch: Any) -> None:
        for application in to_applications(batch):
            request = pb.SimulateRequest(application=application)
            text = write(request)
            again = read_body(text, pb.SimulateRequest.DESCRIPTOR)
            assert again.SerializeToString(deterministic=True) == request.SerializeToString(deterministic=True)
            assert write(again) == text

    law()


@pytest.mark.parametrize("rpc", POSTED, ids=name)
def test_requests_come_back_from_json(rpc: Any) -> None:
    @given(messages(rpc.request))
    def law(message: Message) -> None:
        assert read_body(write(message), rpc.request) == message
        proto_names = json.dumps(MessageToDict(message, preserving_proto_field_name=True)).encode()
        assert read_body(proto_names, rpc.request) == message

    law()


@pytest.mark.parametrize("rpc", RPCS, ids=name)
def test_answers_come_back_from_json(rpc: Any) -> None:
    @given(messages(rpc.response))
    def law(message: Message) -> None:
        assert ParseDict(json.loads(write(message)), GetMessageClass(rpc.response)()) == message

    law()


@pytest.mark.parametrize("rpc", POSTED, ids=name)
def test_what_is_read_and_what_protobuf_refuses_agree(rpc: Any) -> None:
    """Of any JSON: what is not refused here protobuf reads, to the same; what it refuses is refused by name."""
    json_values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
        max_leaves=4,
    )

    @given(messages(rpc.request), st.data())
    def law(message: Message, data: st.DataObject) -> None:
        sent = MessageToDict(message, always_print_fields_with_no_presence=True)
        spoil(sent, data, json_values)
        body = json.dumps(sent).encode()
        mine: Message | None = None
        named = True
        try:
            mine = read_body(body, rpc.request)
        except InvalidArgument as error:
            named = all(one.field and one.rule for one in error.violations)
        try:
            protobufs: Message | None = ParseDict(sent, GetMessageClass(rpc.request)())
        except (ParseError, ValueError, OverflowError):
            protobufs = None
        assert named
        assert mine is None or mine == protobufs

    law()


def spoil(sent: Any, data: st.DataObject, values: st.SearchStrategy[Any]) -> None:
    """Put something else in one place."""
    at = sent
    while at and (
        inner := [one for one in (at.values() if isinstance(at, dict) else at) if one and isinstance(one, (dict, list))]
    ):
        if data.draw(st.booleans()):
            break
        at = data.draw(st.sampled_from(inner))
    if isinstance(at, dict):
        at[data.draw(st.sampled_from([*at, "other"]))] = data.draw(values)
    elif at:
        at[data.draw(st.integers(0, len(at) - 1))] = data.draw(values)


def test_numbers_are_read_as_the_mapping_says() -> None:
    def read(value: Any, field: str = "amtCredit") -> Any:
        body = json.dumps({"application": {field: value}}).encode()
        found: Any = read_body(body, pb.SimulateRequest.DESCRIPTOR)
        return getattr(found.application, {"amtCredit": "amt_credit", "skIdCurr": "sk_id_curr"}[field])

    assert (read("1.5e3"), read(7), read("-0"), read(0.1)) == (1500.0, 7.0, 0.0, 0.1)
    assert math.isnan(read("NaN"))
    assert read("-Infinity") == -math.inf
    assert (read("9223372036854775807", "skIdCurr"), read(7.0, "skIdCurr"), read("1e2", "skIdCurr")) == (
        2**63 - 1,
        7,
        100,
    )
    for value in ("1_0", " 1", "1\n", "+1", "0x1", "nan", "inf", "١", "", "1e999", 10**400, "9" * 500, [1], True):
        with pytest.raises(InvalidArgument):
            read(value)
        with pytest.raises(InvalidArgument):
            read(value, "skIdCurr")
    for value in (1.5, "1.5", 2**63, "9223372036854775808", -(2**63) - 1, 1e300):
        with pytest.raises(InvalidArgument):
            read(value, "skIdCurr")


def test_parameters_are_read_by_either_name() -> None:
    descriptor = pb.ListDecisionsRequest.DESCRIPTOR
    pairs = [("applicantId", "7"), ("contract_type", "x"), ("decidedFrom", "1970-01-01T00:00:01Z"), ("pageSize", "3")]
    found: Any = read_parameters({}, [*pairs, ("decision", "DECISION_REFER")], descriptor)
    expected = pb.ListDecisionsRequest(applicant_id=7, contract_type="x", page_size=3, decision=pb.DECISION_REFER)
    expected.decided_from.FromSeconds(1)
    assert found == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("application.amt_credit", "application.amtCredit"),
        ("requests[3].application.ext_source_1", "requests[3].application.extSource1"),
        ("x-client-id", "x-client-id"),
        ("subject.amt_credit", "subject.amt_credit"),
    ],
)
def test_paths_of_the_services_are_said_with_jsons_names(path: str, expected: str) -> None:
    of = pb.BatchScoreRequest.DESCRIPTOR if path.startswith("requests") else pb.ScoreRequest.DESCRIPTOR
    assert json_path(path, of) == expected
