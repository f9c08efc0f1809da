"""What was decided on a file's rows, as tables on disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from gateway.page.batch.batch import ERROR, LEFT_OUT
from gateway.page.views.result import decision_name
from gateway.texts import Language

DECISION: Final = "decision"
PD: Final = "probability_of_default"
THRESHOLD: Final = "threshold"
PREDICTION: Final = "prediction_id"
AGAIN: Final = "recorded_before"
RAISING: Final = tuple(f"raising_{place}" for place in range(1, 5))
LOWERING: Final = tuple(f"lowering_{place}" for place in range(1, 5))
DECIDED: Final[dict[str, type[pl.DataType]]] = {
    DECISION: pl.String,
    PD: pl.Float64,
    "points": pl.Int32,
    THRESHOLD: pl.Float64,
    PREDICTION: pl.String,
    AGAIN: pl.Boolean,
    "knock_outs": pl.String,
    "warnings": pl.String,
}
RESULTS: Final = {**LEFT_OUT, **DECIDED, **dict.fromkeys((*RAISING, *LOWERING), pl.String)}
"""Columns of the results, one row a row of the file."""
ORDER: Final = [name for name in RESULTS if name != ERROR] + [ERROR]


def decided(rows: pl.DataFrame, results: Iterable[pb.BatchScoreResult]) -> pl.DataFrame:
    """Results, reasons not known yet, of a page's ``rows`` and the answers on those that are sound, in order."""
    answers = iter(results)
    told = []
    for row, applicant, error in rows.iter_rows():
        answer = None if error is not None else next(answers)
        if answer is None:
            told.append((row, applicant, error, *[None] * len(DECIDED)))
        elif answer.HasField("error"):
            told.append((row, applicant, _failed(answer.error), *[None] * len(DECIDED)))
        else:
            told.append((row, applicant, None, *_decision(answer.response)))
    frame = pl.DataFrame(told, LEFT_OUT | DECIDED, orient="row")
    nothing = [pl.lit(None, pl.String).alias(name) for name in (*RAISING, *LOWERING)]
    return frame.with_columns(nothing).select(ORDER)


def prediction_ids(part: Path) -> list[str]:
    """Ids of the decisions in the results at ``part``, in order."""
    return pl.read_parquet(part, columns=[PREDICTION])[PREDICTION].drop_nulls().to_list()


def add_reasons(part: Path, told: Sequence[explain_pb2.BatchExplainResult], language: Language) -> None:
    """Add what was ``told`` of the decisions in the results at ``part``, in order; an error is said in its row."""
    frame = pl.read_parquet(part)
    reasons: list[tuple[str | None, ...]] = []
    for one in told:
        raising = [language.say(reason.text) for reason in one.reasons.raising]
        lowering = [language.say(reason.text) for reason in one.reasons.lowering]
        why = one.error.message
        error = language.say("it was decided, but not explained: {reason}", reason=why) if why else None
        reasons.append((*_filled(raising, len(RAISING)), *_filled(lowering, len(LOWERING)), error))
    schema = dict.fromkeys((*RAISING, *LOWERING, ERROR), pl.String)
    decisions = frame.filter(pl.col(PREDICTION).is_not_null())
    explained = decisions.drop(*schema).hstack(pl.DataFrame(reasons, schema, orient="row"))
    others = frame.filter(pl.col(PREDICTION).is_null())
    whole = pl.concat([explained.select(ORDER), others]).sort("row")
    new = part.with_suffix(".new")
    whole.write_parquet(new)
    new.replace(part)


def _decision(response: pb.ScoreResponse) -> tuple[object, ...]:
    assessment = response.assessment
    return (
        decision_name(assessment.decision),
        assessment.probability_of_default,
        assessment.points,
        assessment.threshold,
        response.prediction_id,
        response.replayed,
        "; ".join(assessment.knock_outs) or None,
        "; ".join(f"{one.field.upper()}: {one.description}" for one in assessment.warnings) or None,
    )


def _failed(error: pb.ScoreError) -> str:
    rules = [f"{one.field.removeprefix('application.').upper()}: {one.description}" for one in error.field_violations]
    return "; ".join(rules) or error.message


def _filled(texts: Sequence[str], count: int) -> list[str | None]:
    return [*texts[:count], *[None] * (count - len(texts))]
