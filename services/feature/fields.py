"""The fields of an application as the service lists them: declared ranges, and the categories of one schema."""

import math
from typing import Final

from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.application import COLUMNS, Column, Kind
from creditrisk.features.schema import FeatureSchema
from services.feature.histories import APPLICANT

_KIND: Final = {
    Kind.NUMBER: feature_pb2.FIELD_KIND_NUMBER,
    Kind.INTEGER: feature_pb2.FIELD_KIND_INTEGER,
    Kind.FLAG: feature_pb2.FIELD_KIND_FLAG,
    Kind.CATEGORY: feature_pb2.FIELD_KIND_CATEGORY,
}
_OF_THE_APPLICANT: Final = feature_pb2.Field(
    name=APPLICANT,
    meaning="the applicant's id: joins the applicant's histories",
    kind=feature_pb2.FIELD_KIND_INTEGER,
    unit="id",
    required=True,
    minimum=1,
)
"""The id is no column: no feature is computed from it."""


def fields_message(schema: FeatureSchema) -> feature_pb2.ListFieldsResponse:
    """All fields, with the categories that ``schema`` knows."""
    return feature_pb2.ListFieldsResponse(
        schema_fingerprint=schema.fingerprint,
        fields=[_OF_THE_APPLICANT, *(_field(column, schema) for column in COLUMNS)],
    )


def _field(column: Column, schema: FeatureSchema) -> feature_pb2.Field:
    # A flag is true or false: its 0 and 1 are the arrays'.
    least, most = (None, None) if column.kind is Kind.FLAG else map(_bound, column.valid)
    doubtful = column.plausible != column.valid
    usual_least, usual_most = map(_bound, column.plausible) if doubtful else (None, None)
    return feature_pb2.Field(
        name=column.field,
        meaning=column.meaning,
        kind=_KIND[column.kind],
        unit=column.unit,
        required=column.required,
        minimum=least,
        maximum=most,
        plausible_minimum=usual_least,
        plausible_maximum=usual_most,
        sentinels=column.sentinels,
        categories=schema.vocabularies[column.name] if column.kind is Kind.CATEGORY else (),
    )


def _bound(value: float) -> float | None:
    return value if math.isfinite(value) else None
