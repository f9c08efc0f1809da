"""The description: sound OpenAPI, made of the protos and their comments, and true of what is read and written."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import given
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from creditrisk.application import COLUMNS, Kind
from gateway.rest.comments import comments
from gateway.rest.examples import EXAMPLES
from gateway.rest.openapi import describe
from gateway.rest.rpcs import RPCS
from gateway.rest.transcode import write
from gateway.services import SERVICES
from tests.gateway.messages import messages
from tests.gateway.process import Gateway

DESCRIBED = describe("")
SCHEMAS: dict[str, Any] = DESCRIBED["components"]["schemas"]


def test_the_description_is_openapi_and_is_served(gateway: Gateway) -> None:
    served = gateway.get("/openapi.json").json
    assert served == json.loads(json.dumps(DESCRIBED))
    assert not list(OpenAPIV31SpecValidator(served).iter_errors())


def test_a_fault_of_a_description_is_found() -> None:
    planted = json.loads(json.dumps(DESCRIBED))
    planted["paths"]["/v1/score"]["post"]["responses"]["200"].pop("description")
    assert list(OpenAPIV31SpecValidator(planted).iter_errors())


@pytest.mark.parametrize("rpc", RPCS, ids=lambda rpc: rpc.method.name)
def test_an_operation_says_what_the_protos_comment_says(rpc: Any) -> None:
    operation = DESCRIBED["paths"][rpc.path][rpc.verb.lower()]
    said = comments()[rpc.method.full_name]
    assert operation["operationId"] == rpc.method.name
    assert said.startswith(operation["description"])
    assert "Errors:" not in operation["description"]
    assert " ".join(said.split()).startswith(operation["summary"])
    responses = operation["responses"]
    for status, meant in {"NOT_FOUND:": "404", "ALREADY_EXISTS:": "409"}.items():
        declared = f"\n  {status}" in said
        assert (meant in responses) == declared
    assert {"200", "400", "429", "500", "503", "504"} <= responses.keys()
    for status, response in responses.items():
        media_type = "application/json" if status == "200" else "application/problem+json"
        assert list(response["content"]) == [media_type]
        if status != "200":
            example = response["content"][media_type]["example"]
            assert example["status"] == int(status)
            assert broken("Problem", json.dumps(example).encode()) == set()


def test_every_error_of_a_comment_is_in_the_description() -> None:
    score = DESCRIBED["paths"]["/v1/score"]["post"]["responses"]
    assert "INVALID_ARGUMENT: a field is missing, out of range or not finite" in score["400"]["description"]
    assert "google.rpc.BadRequest naming each field. Nothing was recorded." in score["400"]["description"]
    assert "UNAVAILABLE: the feature service or the store" in score["503"]["description"]
    assert "DEADLINE_EXCEEDED: as UNAVAILABLE." in score["504"]["description"]
    assert "RESOURCE_EXHAUSTED" in score["429"]["description"]
    assert "ALREADY_EXISTS" not in score["400"]["description"]
    batch = DESCRIBED["paths"]["/v1/score:batch"]["post"]["responses"]
    for status in ("503", "504", "429"):
        assert "as Score, for all of them" in batch[status]["description"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_columns_schema_has_its_range_and_whether_it_is_required(column: Any) -> None:
    application = SCHEMAS["LoanApplication"]
    head, *rest = column.field.split("_")
    name = head + "".join(part.capitalize() for part in rest)
    schema = application["properties"][name]
    assert (name in application["required"]) == column.required
    assert ("null" in schema["type"]) != column.required
    assert column.name in schema["description"]
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        limits = schema["anyOf"][0] if "anyOf" in schema else schema
        assert (limits["minimum"], limits["maximum"]) == column.valid


def test_presence_and_types_are_said() -> None:
    attribution = SCHEMAS["Attribution"]
    assert attribution["required"] == ["feature", "contribution"]
    decision = SCHEMAS["Decision"]
    assert decision["enum"] == ["DECISION_UNSPECIFIED", "DECISION_APPROVE", "DECISION_REFER", "DECISION_DECLINE"]
    assert "Decline: at or over the threshold" in decision["description"]
    assert SCHEMAS["RecordedDecision"]["properties"]["applicantId"]["type"] == "string"
    assert SCHEMAS["ExplainRequest"]["oneOf"] == [{"required": ["predictionId"]}, {"required": ["vector"]}]
    assert SCHEMAS["BatchScoreResult"]["oneOf"] == [{"required": ["response"]}, {"required": ["error"]}]
    (maturity,) = (
        one for one in DESCRIBED["paths"]["/v1/drift/vintages"]["get"]["parameters"] if one.get("name") == "maturity"
    )
    assert maturity["required"]


def broken(message: str, text: bytes) -> set[str]:
    """Keywords of a message's schema that a body does not keep."""
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{message}", "components": {"schemas": SCHEMAS}})
    return {str(one.validator) for one in validator.iter_errors(json.loads(text))}


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if rpc.verb == "POST"], ids=lambda rpc: rpc.method.name)
def test_requests_have_the_described_form(rpc: Any) -> None:
    """But for the rules that a message does not keep by itself: what must be there, and ranges."""
    rules = {"required", "minItems", "minimum", "maximum", "anyOf", "oneOf"}

    @given(messages(rpc.request))
    def law(message: Message) -> None:
        assert broken(rpc.request.name, json.dumps(MessageToDict(message)).encode()) <= rules

    law()


@pytest.mark.parametrize("rpc", RPCS, ids=lambda rpc: rpc.method.name)
def test_answers_have_the_described_form(rpc: Any) -> None:
    """But for results that are neither a response nor an error."""

    @given(messages(rpc.response))
    def law(message: Message) -> None:
        assert broken(rpc.response.name, write(message)) <= {"oneOf"}

    law()


def test_an_answer_of_another_form_is_found() -> None:
    assert broken("GetModelResponse", b"{}") == {"required"}
    assert broken("Attribution", b'{"feature": "AGE_YEARS", "contribution": "0.5"}') == {"type"}


@pytest.mark.parametrize("method", EXAMPLES)
def test_an_example_is_a_request_as_described(gateway: Gateway, method: str) -> None:
    (rpc,) = (rpc for rpc in RPCS if rpc.method.name == method)
    assert broken(rpc.request.name, json.dumps(EXAMPLES[method]).encode()) == set()
    answer = gateway.post(rpc.path, EXAMPLES[method])
    # The decision that is explained is no one's.
    assert answer.status == (404 if method == "Explain" else 200), answer.body


def test_every_message_and_field_is_described() -> None:
    described = {schema for schema in SCHEMAS if not schema.endswith(("Request", "Response", "Result"))}
    assert not [schema for schema in described if "description" not in SCHEMAS[schema]]
    for name, schema in SCHEMAS.items():
        assert not [one for one, value in schema.get("properties", {}).items() if "description" not in value], name
    assert {one["name"] for one in DESCRIBED["tags"]} == {*SERVICES, "gateway"}
