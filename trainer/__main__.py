"""The trainer's command line: ``python -m trainer COMMAND``."""

import sys
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from creditrisk.errors import CreditRiskError, InvalidSettings
from creditrisk.features.spec import Protected
from creditrisk.history import Table
from creditrisk.model.bundle import CHALLENGER
from creditrisk.model.families import ModelFamily
from trainer.bootstrap import bootstrap
from trainer.contenders.compare import compare_contenders
from trainer.contenders.line_up import Question
from trainer.data import prepare
from trainer.demo import demo
from trainer.evaluation.costs import Costs
from trainer.evaluation.profit import Lending
from trainer.families import FAMILIES
from trainer.histories.materialize import materialize
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import say
from trainer.publish import publish
from trainer.registry.promotion import Gate, Measure, promote
from trainer.release import release

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Root = Annotated[Path, typer.Option("--home", envvar="CREDITRISK_HOME", help="Folder of data, bundles and policy.")]
Source = Annotated[
    Path | None,
    typer.Option(envvar="CREDITRISK_DATA_DIR", help="Folder with Kaggle's files; without it data is generated."),
]
Without = Annotated[
    list[Table],
    typer.Option(
        envvar="CREDITRISK_WITHOUT",
        help="History table to do without; repeat for more (in the environment: with spaces between).",
    ),
]
Rows = Annotated[int, typer.Option(min=1, help="Applications to generate where there are no files.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
FalseNegative = Annotated[float, typer.Option(min=0.001, help="Cost of approving a default.")]
FalsePositive = Annotated[float, typer.Option(min=0.001, help="Cost of declining a good applicant.")]
Allow = Annotated[list[Protected], typer.Option(help="Protected attribute that may enter the model; repeat for more.")]
Model = Annotated[ModelFamily, typer.Option(help="Family of model.")]
VAR = Path("var")


@app.command("data")
def data_command(
    source: Source = None,
    without: Without = [],  # noqa: B006 - typer reads it, nobody changes it
    home: Root = VAR,
    rows: Rows = 20_000,
    seed: Seed = 7,
) -> None:
    """Read and check Kaggle's files, or generate such; write the tables of applications and of histories."""
    made = prepare(source, Home(home).data, without=without, rows=rows, seed=seed, progress=say)
    with_histories = f"with {len(made.histories.tables)}" if made.histories else "without"
    say(
        f"{made.train.height:,} labelled and {made.test.height:,} unlabelled applications, "
        f"{with_histories} tables of histories ({made.source})"
    )


@app.command("fit")
def fit_command(
    home: Root = VAR,
    seed: Seed = 7,
    false_negative: FalseNegative = 10.0,
    false_positive: FalsePositive = 1.0,
    allow: Allow = [Protected.AGE, Protected.FAMILY_STATUS],  # noqa: B006 - typer reads it, nobody changes it
    model: Model = ModelFamily.LIGHTGBM,
    tuned: Annotated[bool, typer.Option("--tuned", help="With the best settings that search found.")] = False,  # noqa: FBT002
    interest_margin: Annotated[
        float | None, typer.Option(min=0.0001, help="What a loan repaid earns, as a share of its amount.")
    ] = None,
    loss_given_default: Annotated[
        float | None, typer.Option(min=0.0001, help="What a default loses, as a share of the amount.")
    ] = None,
    report: Annotated[bool, typer.Option(help="Whether charts and model card are made.")] = True,  # noqa: FBT002
) -> None:
    """Fit, certify and register a bundle, the new challenger; score the unlabelled applicants."""
    costs, lending = Costs(false_negative, false_positive), None
    if interest_margin is not None and loss_given_default is not None:
        lending = Lending(interest_margin, loss_given_default)
    elif interest_margin != loss_given_default:
        raise InvalidSettings("a view of profit needs both --interest-margin and --loss-given-default")
    options = Options(seed, costs, frozenset(allow), FAMILIES[model], lending, report)
    if tuned:
        from trainer.search import run  # noqa: PLC0415 - as in search

        options = run.tuned(Home(home), options)
    release(Home(home), options)


@app.command("search")
def search_command(
    home: Root = VAR,
    seed: Seed = 7,
    allow: Allow = [Protected.AGE, Protected.FAMILY_STATUS],  # noqa: B006 - typer reads it, nobody changes it
    model: Model = ModelFamily.LIGHTGBM,
    minutes: Annotated[float, typer.Option(min=0, help="Time for this run; no trial begins after it.")] = 30.0,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all, those of earlier runs too.")] = None,
) -> None:
    """Search for better settings of a family, on from where the last search stopped; Ctrl-C loses one trial at most."""
    from trainer.search import run  # noqa: PLC0415 - Optuna takes a second, and only these two commands need it

    options = Options(seed, allowed=frozenset(allow), family=FAMILIES[model])
    run.search(Home(home), options, run.Budget(minutes, trials or inf))


@app.command("promote")
def promote_command(
    version: Annotated[str, typer.Argument(help="A version's number, or challenger.")] = CHALLENGER,
    home: Root = VAR,
    measure: Annotated[Measure, typer.Option(help="What the gate compares with the champion's.")] = Measure.COST,
    tolerance: Annotated[float, typer.Option(min=0, help="How much worse it may be.")] = 0.0,
    gate: Annotated[bool, typer.Option(help="Whether to compare at all.")] = True,  # noqa: FBT002
) -> None:
    """Make a registered version the champion, which services take at their next start."""
    promote(Home(home), version, Gate(measure, tolerance) if gate else None)


@app.command("materialize")
def materialize_command(
    home: Root = VAR,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC; now, if not given.")
    ] = None,
) -> None:
    """Write the applicants' histories to the online store (HISTORIES_URL, or a SQLite file)."""
    materialize(Home(home), as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC))


@app.command("publish")
def publish_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a sealed bundle.")], home: Root = VAR
) -> None:
    """Make a fitted bundle the one that services take at their next start."""
    publish(bundle, Home(home).bundles, Home(home).policy)


@app.command("compare")
def compare_command(
    question: Annotated[
        list[Question], typer.Option("--only", help="What to answer; repeat for more, all where none is named.")
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
    home: Root = VAR,
    seed: Seed = 7,
    false_negative: FalseNegative = 10.0,
    false_positive: FalsePositive = 1.0,
) -> None:
    """Compare families, handlings of imbalance and the reference system, and what rules of governance cost.

    What was fitted before is not fitted again; the next fit's reports show the comparison.
    """
    compare_contenders(Home(home), question or tuple(Question), seed, Costs(false_negative, false_positive))


@app.command("bootstrap")
def bootstrap_command(
    source: Source = None,
    without: Without = [],  # noqa: B006 - typer reads it, nobody changes it
    home: Root = VAR,
) -> None:
    """Prepare data, fit and publish where there is no bundle; do nothing where there is one."""
    bootstrap(Home(home), source, without)


@app.command("demo")
def demo_command(
    source: Source = None,
    without: Without = [],  # noqa: B006 - typer reads it, nobody changes it
    home: Root = VAR,
    port: Annotated[
        int, typer.Option(help="First of four ports for gRPC, the gateway's after them; metrics are 1,000 above.")
    ] = 50051,
    leave: Annotated[bool, typer.Option("--exit", help="Exit after the first scored applicants.")] = False,  # noqa: FBT002
) -> None:
    """Prepare data and fit where there is no bundle, start the services, score a few applicants, serve."""
    demo(Home(home), source, without, port, leave=leave)


def main() -> None:
    """Run a command; an expected error is one line, not a traceback."""
    try:
        app()
    except CreditRiskError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
