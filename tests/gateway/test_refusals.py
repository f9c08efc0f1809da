"""What is wrong is said as problem+json: the fields by their JSON names, each with its rule."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from creditrisk.client import LoanApplication
from tests.gateway.process import Gateway

UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def request_(application: LoanApplication) -> dict[str, Any]:
    return {"requestId": "refused", "application": MessageToDict(application)}


BROKEN: dict[str, tuple[str, Any, str]] = {
    "out of range": ("amtCredit", -1, "outside 0 to"),
    "too young": ("daysBirth", -3_000, "18 to 100 years"),
    "NaN": ("amtAnnuity", "NaN", "is NaN; leave the field out"),
    "unknown": ("amtCredits", 1, "is no field"),
    "text for a number": ("amtCredit", "much", "must be a number"),
    "true for a number": ("amtCredit", True, "must be a number"),
    "half a child": ("cntChildren", 1.5, "must be a whole number of 32 bits"),
    "too many children": ("cntChildren", 2**31, "must be a whole number of 32 bits"),
    "a number for text": ("occupationType", 7, "must be a string"),
    "text for a flag": ("flagOwnCar", "true", "must be true or false"),
    "no time": ("applicationTime", "yesterday", "must be a time of RFC 3339"),
    "no day": ("applicationTime", "2026-02-30T00:00:00Z", "must be a time of RFC 3339"),
    "a time ahead": ("applicationTime", "2999-01-01T00:00:00Z", "more than a day ahead"),
    "an object for a number": ("extSource1", {"value": 1}, "must be a number"),
    "the other name too": ("amt_credit", 1, "given twice"),
}


@pytest.mark.parametrize(("field", "value", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_wrong_field_is_named_with_its_rule(
    gateway: Gateway, request_: dict[str, Any], field: str, value: Any, rule: str
) -> None:
    request_["application"][field] = value
    found = gateway.post("/v1/score", request_).violations()
    assert list(found) == [f"application.{field}"]
    assert rule in found[f"application.{field}"]


def test_all_that_is_wrong_is_named_at_once(gateway: Gateway, request_: dict[str, Any]) -> None:
    request_["application"] |= {"nonsense": 1, "amtCredit": [], "flagOwnCar": 0}
    found = gateway.post("/v1/score:batch", {"requests": [request_, 7, None], "more": 1}).violations()
    fields = [f"requests[0].application.{name}" for name in ("amtCredit", "flagOwnCar", "nonsense")]
    assert sorted(found) == sorted([*fields, "requests[1]", "requests[2]", "more"])
    missing = gateway.post("/v1/score", {"application": {"skIdCurr": "1"}}).violations()
    required = {"nameContractType", "amtIncomeTotal", "amtCredit", "daysBirth"}
    assert set(missing) in ({f"application.{name}" for name in required}, {"requestId"})


def test_null_is_a_field_left_out(gateway: Gateway, request_: dict[str, Any]) -> None:
    application = request_["application"]
    everything = gateway.post("/v1/simulate", {"application": application | {"extSource2": None}}).json
    left_out = {name: value for name, value in application.items() if name != "extSource2"}
    assert everything == gateway.post("/v1/simulate", {"application": left_out}).json


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Expecting value, line 1 column 1"),
        (b'{"requestId": "x",\n "application": }', "Expecting value, line 2 column 17"),
        (b'{"requestId": "x"} x', "Extra data, line 1 column 20"),
        (b'{"requestId": "\xff"}', "can't decode byte 0xff"),
        (b'{"requestId": "x", "requestId": "y"}', "'requestId' is given twice"),
        (b'{"application": {"amtCredit": NaN}}', "NaN is no number of JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"application": {"skIdCurr": ' + b"9" * 5_000 + b"}}", "digits"),
        (b"[]", "must be an object"),
        (b"null", "must be an object"),
    ],
)
def test_a_body_that_is_no_json_object_is_told_where(gateway: Gateway, body: bytes, said: str) -> None:
    found = gateway.post("/v1/score", body).violations()
    assert list(found) == ["body"]
    assert said in found["body"]


@pytest.mark.parametrize(
    ("path", "field", "rule"),
    [
        ("/v1/decisions?pageSize=5000", "pageSize", "0 to 1,000"),
        ("/v1/decisions?pageSize=many", "pageSize", "whole number"),
        ("/v1/decisions?pageSize=1&pageSize=2", "pageSize", "given twice"),
        ("/v1/decisions?pageSize=1&page_size=2", "page_size", "given twice"),
        ("/v1/decisions?size=1", "size", "is no field"),
        ("/v1/decisions?decision=DECISION_PERHAPS", "decision", "DECISION_APPROVE, DECISION_REFER"),
        ("/v1/decisions?decision=1", "decision", "DECISION_APPROVE, DECISION_REFER"),
        ("/v1/decisions?decidedFrom=2026", "decidedFrom", "RFC 3339"),
        ("/v1/decisions?pageToken=x", "pageToken", "no token"),
        ("/v1/decisions/7", "predictionId", "no UUID"),
        (f"/v1/decisions/{UNKNOWN}?predictionId=x", "predictionId", "given twice"),
        ("/v1/drift?last=5&windowStart=2026-01-01T00:00:00Z", "subject", "one of windowStart, last"),
        ("/v1/drift?includeBins=1", "includeBins", "true or false"),
        ("/v1/drift/vintages?maturity=1d", "maturity", "such as 86400s"),
        ("/v1/model?of=x", "of", "is no field"),
    ],
)
def test_a_wrong_parameter_is_named(gateway: Gateway, path: str, field: str, rule: str) -> None:
    found = gateway.get(path).violations()
    assert list(found) == [field]
    assert rule in found[field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "subject"),
        ({"predictionId": UNKNOWN, "vector": {}}, "subject"),
        ({"predictionId": UNKNOWN, "topReasons": 99}, "topReasons"),
        ({"vector": {"values": "!!"}}, "vector.values"),
        ({"vector": {"values": "AAAA="}}, "vector.values"),
        ({"vector": {"values": ""}}, "vector.values"),
        ({"vector": []}, "vector"),
    ],
)
def test_what_cannot_be_explained_is_refused(gateway: Gateway, body: Any, field: str) -> None:
    assert list(gateway.post("/v1/explain", body).violations()) == [field]


def test_what_is_not_there_is_not_found(gateway: Gateway) -> None:
    for answer in (gateway.get(f"/v1/decisions/{UNKNOWN}"), gateway.post("/v1/explain", {"predictionId": UNKNOWN})):
        assert answer.problem(404)["code"] == "NOT_FOUND"
    for path in ("/", "/v1", "/v1/score/", "/docs/other.js", "/v1/decisions/a/b"):
        assert "code" not in gateway.get(path).problem(404)
    refused = gateway.call("DELETE", "/v1/model")
    assert refused.problem(405)
    assert "GET" in refused.headers["allow"]


@pytest.mark.parametrize("headers", [{"content_type": "text/json"}, {"content_encoding": "gzip"}])
def test_another_media_type_is_refused(gateway: Gateway, request_: dict[str, Any], headers: dict[str, str]) -> None:
    gateway.post("/v1/score", request_, **headers).problem(415)


def test_a_media_type_may_name_its_charset(gateway: Gateway, request_: dict[str, Any]) -> None:
    body = {"application": request_["application"]}
    assert gateway.post("/v1/simulate", body, content_type="application/json; charset=UTF-8").status == 200


def test_a_body_over_the_limit_is_refused(gateway: Gateway, request_: dict[str, Any]) -> None:
    large = json.dumps(request_ | {"requestId": "x" * (8 * 2**20)}).encode()
    assert "8,388,608 bytes" in gateway.post("/v1/score", large).problem(413)["detail"]
    # An iterator is sent in chunks, without a length.
    gateway.post("/v1/score", (large[at : at + 2**16] for at in range(0, len(large), 2**16))).problem(413)


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Timeout", "soon"), ("X-Timeout", "0"), ("X-Timeout", "-1"), ("X-Timeout", "nan"), ("X-Client-Id", "caf\xe9")],
)
def test_a_wrong_header_is_named(gateway: Gateway, header: str, value: str) -> None:
    answer = gateway.call("GET", "/v1/model", None, **{header.replace("-", "_"): value})
    assert list(answer.violations()) == [header]


def test_a_client_id_too_long_is_refused_by_the_service(gateway: Gateway, request_: dict[str, Any]) -> None:
    found = gateway.post("/v1/score", request_, X_Client_Id="c" * 129).violations()
    assert found == {"x-client-id": "must be at most 128 characters"}
