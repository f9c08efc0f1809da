"""Figures of histories that generated ones are held to: shares, means, and what they tell of the outcome."""

from collections.abc import Mapping
from typing import Final

import polars as pl
from polars import col
from sklearn.metrics import roc_auc_score

from creditrisk.history import Table
from trainer.frames import ID, TARGET

MEANS: Final = "mean"
AUCS: Final = "auc"
_DUE: Final = ("1", "2", "3", "4", "5")
_FEWEST_DEFAULTS: Final = 50


def portrait(tables: Mapping[Table, pl.DataFrame], applicants: pl.DataFrame) -> pl.DataFrame:
    """Figures of each of ``applicants`` (a column SK_ID_CURR) from canonical ``tables``; null where there is none."""
    status, loan_type = col("NAME_CONTRACT_STATUS"), col("NAME_CONTRACT_TYPE")
    active = col("CREDIT_ACTIVE") == "Active"
    limit = col("AMT_CREDIT_LIMIT_ACTUAL")
    late = col("DAYS_ENTRY_PAYMENT") - col("DAYS_INSTALMENT")
    bureau = tables[Table.BUREAU]
    balance = tables[Table.BUREAU_BALANCE].join(bureau.select(ID, "SK_ID_BUREAU"), on="SK_ID_BUREAU")
    told = (col("STATUS") != "C") & (col("STATUS") != "X")
    figures: dict[Table, tuple[pl.DataFrame, dict[str, pl.Expr]]] = {
        Table.BUREAU: (
            bureau,
            {
                "active": active.mean(),
                "debt to credit": col("AMT_CREDIT_SUM_DEBT").sum() / col("AMT_CREDIT_SUM").sum(),
                "log of credit": (1 + col("AMT_CREDIT_SUM")).log().mean(),
                "days since the last": -col("DAYS_CREDIT").max(),
                "credit cards": (col("CREDIT_TYPE") == "Credit card").mean(),
                "most overdue missing": col("AMT_CREDIT_MAX_OVERDUE").is_null().mean(),
                "annuity missing": col("AMT_ANNUITY").is_null().mean(),
            },
        ),
        Table.BUREAU_BALANCE: (
            balance,
            {
                "closed": (col("STATUS") == "C").mean(),
                "unknown": (col("STATUS") == "X").mean(),
                "past due": col("STATUS").is_in(_DUE).filter(told).mean(),
            },
        ),
        Table.PREVIOUS: (
            tables[Table.PREVIOUS],
            {
                "refused": (status == "Refused").mean(),
                "cancelled": (status == "Canceled").mean(),
                "cash": (loan_type == "Cash loans").mean(),
                "log of credit": (1 + col("AMT_CREDIT")).log().filter(col("AMT_CREDIT") > 0).mean(),
                "down payment": col("RATE_DOWN_PAYMENT").mean(),
                "term": col("CNT_PAYMENT").filter(loan_type != "Revolving loans").mean(),
                "days since the last": -col("DAYS_DECISION").max(),
                "goods price missing": col("AMT_GOODS_PRICE").is_null().mean(),
                "insured": col("NFLAG_INSURED_ON_APPROVAL").mean(),
            },
        ),
        Table.POS: (
            tables[Table.POS],
            {"late": (col("SK_DPD") > 0).mean(), "left": col("CNT_INSTALMENT_FUTURE").mean()},
        ),
        Table.CARD: (
            tables[Table.CARD],
            {
                "used": (col("AMT_BALANCE") / limit).filter(limit > 0).mean(),
                "drawn on": (col("AMT_DRAWINGS_CURRENT") > 0).mean(),
                "late": (col("SK_DPD") > 0).mean(),
                "drawings missing": col("AMT_DRAWINGS_ATM_CURRENT").is_null().mean(),
            },
        ),
        Table.INSTALMENTS: (
            tables[Table.INSTALMENTS],
            {
                "late": (late > 0).mean(),
                "days late": late.mean(),
                "short": (col("AMT_PAYMENT") < 0.999 * col("AMT_INSTALMENT")).mean(),
                "of cards": (col("NUM_INSTALMENT_VERSION") == 0).mean(),
            },
        ),
    }
    found = applicants.select(ID)
    for table, (rows, named) in figures.items():
        own = rows.group_by(ID).agg(
            pl.len().cast(pl.Float64).alias(f"{table}: rows"),
            *(_finite(value.cast(pl.Float64)).alias(f"{table}: {name}") for name, value in named.items()),
        )
        found = found.join(own, on=ID, how="left", maintain_order="left")
        found = found.with_columns((col(f"{table}: rows").is_null()).cast(pl.Float64).alias(f"{table}: none"))
    return found


def _finite(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_finite()).then(value)


def summary(figures: pl.DataFrame, target: pl.Series) -> dict[str, dict[str, float]]:
    """Means of ``portrait``'s columns, and ROC AUC against ``target`` (1, 0 or null) where enough have one."""
    names = [name for name in figures.columns if name != ID]
    means = figures.select(pl.col(names).mean()).row(0, named=True)
    aucs = {}
    for name in names:
        known = pl.DataFrame({"value": figures[name], TARGET: target}).drop_nulls()
        if min(known[TARGET].sum(), (1 - known[TARGET]).sum()) >= _FEWEST_DEFAULTS and known["value"].n_unique() > 1:
            aucs[name] = float(roc_auc_score(known[TARGET], known["value"]))
    return {MEANS: means, AUCS: aucs}
