"""The fields of an application as they are listed: all of them, and true of what the service takes."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.api.feature.v1 import feature_pb2 as pb
from creditrisk.client import LoanApplication
from creditrisk.model.bundle import Bundle

OWN = {"sk_id_curr", "application_time"}
NUMBERS = {pb.FIELD_KIND_NUMBER, pb.FIELD_KIND_INTEGER}
Fields = dict[str, pb.Field]


@pytest.fixture(scope="module")
def fields(feature: Any) -> Fields:
    return {one.name: one for one in feature.ListFields(pb.ListFieldsRequest(), timeout=10).fields}


def test_every_field_is_listed_in_the_messages_order(fields: Fields) -> None:
    assert list(fields) == [one.name for one in LoanApplication.DESCRIPTOR.fields if one.name != "application_time"]
    assert all(one.meaning and one.unit and one.kind for one in fields.values())
    assert {one.name for one in fields.values() if one.sentinels} == {"days_employed", "region_rating_client_w_city"}


def test_a_field_states_its_ranges(fields: Fields) -> None:
    annuity, share = fields["amt_annuity"], fields["ext_source_1"]
    assert (annuity.minimum, annuity.maximum, annuity.plausible_minimum, annuity.plausible_maximum) == (0, 1e12, 0, 1e7)
    assert (share.unit, share.minimum, share.maximum) == ("share", 0, 1)
    assert not share.HasField("plausible_minimum")
    assert not share.HasField("plausible_maximum")
    applicant = fields["sk_id_curr"]
    assert (applicant.required, applicant.minimum) == (True, 1)
    assert not applicant.HasField("maximum")
    bounded = {one.kind for one in fields.values() if one.HasField("minimum")}
    assert bounded == NUMBERS


def test_categories_are_the_models(feature: Any, fields: Fields, bundle: Bundle) -> None:
    answer = feature.ListFields(pb.ListFieldsRequest(), timeout=10)
    assert answer.schema_fingerprint == bundle.schema.fingerprint
    known = {one.name.upper(): tuple(one.categories) for one in fields.values() if one.kind == pb.FIELD_KIND_CATEGORY}
    assert known == bundle.schema.vocabularies
    assert fields["name_contract_type"].categories[0] == "Cash loans"
    assert not [one for one in fields.values() if one.categories and one.kind != pb.FIELD_KIND_CATEGORY]


def values_of(field: pb.Field) -> st.SearchStrategy[Any]:
    """Values of a field's type: none, at and beside its bounds, between them, sentinels, categories known and not."""
    if field.kind == pb.FIELD_KIND_FLAG:
        return st.none() | st.booleans()
    if field.kind == pb.FIELD_KIND_CATEGORY:
        return st.none() | st.sampled_from([*field.categories, "a category of no one"])
    bounds = [field.minimum, field.maximum]
    if field.HasField("plausible_minimum"):
        bounds += [field.plausible_minimum, field.plausible_maximum]
    if field.kind == pb.FIELD_KIND_INTEGER:
        near = [int(bound) + step for bound in bounds for step in (-1, 0, 1)]
        between = st.integers(int(field.minimum), int(field.maximum))
        return st.none() | st.sampled_from([*near, *map(int, field.sentinels)]) | between
    near = [math.nextafter(bound, to) for bound in bounds for to in (-math.inf, bound, math.inf)]
    return st.none() | st.sampled_from(near) | st.floats(field.minimum, field.maximum)


def expected(field: pb.Field, value: Any) -> str:
    """What becomes of a value, by the field as it is listed."""
    if value is None:
        return "refused" if field.required else "taken"
    if field.kind == pb.FIELD_KIND_CATEGORY:
        return "taken" if value in field.categories else "warned of"
    if field.kind == pb.FIELD_KIND_FLAG or value in field.sentinels:
        return "taken"
    if not field.minimum <= value <= field.maximum:
        return "refused"
    if field.HasField("plausible_minimum") and not field.plausible_minimum <= value <= field.plausible_maximum:
        return "warned of"
    return "taken"


def test_what_is_listed_is_what_the_service_holds_to(
    feature: Any, fields: Fields, applications: Callable[[int], list[LoanApplication]]
) -> None:
    (sound,) = applications(1)
    listed = [one for one in fields.values() if one.name not in OWN]

    @given(st.fixed_dictionaries({}, optional={one.name: values_of(one) for one in listed}))
    def law(values: dict[str, Any]) -> None:
        application = LoanApplication()
        application.CopyFrom(sound)
        for name, value in values.items():
            application.ClearField(name)  # type: ignore[arg-type]
            if value is not None:
                setattr(application, name, value)
        answer = feature.ComputeFeatures(pb.ComputeFeaturesRequest(applications=[application]), timeout=10)
        found = {"refused": set(), "warned of": set(), "taken": set()}
        for row in answer.findings:
            found["refused"] = {one.field for one in row.violations}
            found["warned of"] = {one.field for one in row.warnings}
        found["taken"] = values.keys() - found["refused"] - found["warned of"]
        assert found == {
            word: {name for name, value in values.items() if expected(fields[name], value) == word} for word in found
        }

    law()
