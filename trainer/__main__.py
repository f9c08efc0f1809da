"""The trainer's command line: ``python -m trainer COMMAND``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from creditrisk.errors import CreditRiskError
from creditrisk.features.spec import Protected
from trainer.bootstrap import bootstrap
from trainer.data import load, prepare
from trainer.demo import demo
from trainer.evaluation.costs import Costs
from trainer.fit import Options, fit
from trainer.paths import Home
from trainer.progress import say
from trainer.protected import report
from trainer.publish import publish
from trainer.submission import write_submission

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Root = Annotated[Path, typer.Option("--home", envvar="CREDITRISK_HOME", help="Folder of data, bundles and policy.")]
Source = Annotated[
    Path | None,
    typer.Option(envvar="CREDITRISK_DATA_DIR", help="Folder with Kaggle's files; without it data is generated."),
]
Rows = Annotated[int, typer.Option(min=1, help="Applications to generate where there are no files.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
VAR = Path("var")


@app.command("data")
def data_command(source: Source = None, home: Root = VAR, rows: Rows = 20_000, seed: Seed = 7) -> None:
    """Read and check Kaggle's files, or generate applications; write the train and test tables."""
    made = prepare(source, Home(home).data, rows=rows, seed=seed, progress=say)
    say(f"{made.train.height:,} labelled and {made.test.height:,} unlabelled applications ({made.source})")


@app.command("fit")
def fit_command(
    home: Root = VAR,
    seed: Seed = 7,
    false_negative: Annotated[float, typer.Option(min=0.001, help="Cost of approving a default.")] = 10.0,
    false_positive: Annotated[float, typer.Option(min=0.001, help="Cost of declining a good applicant.")] = 1.0,
    allow: Annotated[
        list[Protected], typer.Option(help="Protected attribute that may enter the model; repeat for more.")
    ] = [Protected.AGE, Protected.FAMILY_STATUS],  # noqa: B006 - typer reads it, nobody changes it
    hold: Annotated[bool, typer.Option("--hold", help="Do not publish the bundle.")] = False,  # noqa: FBT002
) -> None:
    """Fit, certify and publish a bundle from the prepared data; score the unlabelled applicants."""
    at = Home(home)
    data = load(at.data)
    options = Options(seed, Costs(false_negative, false_positive), frozenset(allow))
    bundle = fit(data, at.fits, options)
    say(f"sealed {bundle.directory}")
    write_submission(bundle, data.test, at.submission)
    say(f"scored {data.test.height:,} unlabelled applicants to {at.submission}")
    if not hold:
        publish(bundle.directory, at.bundles, at.policy)


@app.command("publish")
def publish_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a sealed bundle.")], home: Root = VAR
) -> None:
    """Make a fitted bundle the one that services take at their next start."""
    publish(bundle, Home(home).bundles, Home(home).policy)


@app.command("protected")
def protected_command(home: Root = VAR, seed: Seed = 7) -> None:
    """Report what leaving each protected attribute out costs in AUC (one cross-fit each)."""
    report(load(Home(home).data), seed)


@app.command("bootstrap")
def bootstrap_command(source: Source = None, home: Root = VAR) -> None:
    """Prepare data, fit and publish where there is no bundle; do nothing where there is one."""
    bootstrap(Home(home), source)


@app.command("demo")
def demo_command(
    source: Source = None,
    home: Root = VAR,
    port: Annotated[int, typer.Option(help="First of four ports for gRPC; metrics are 1,000 above.")] = 50051,
    leave: Annotated[bool, typer.Option("--exit", help="Exit after the first scored applicants.")] = False,  # noqa: FBT002
) -> None:
    """Prepare data and fit where there is no bundle, start the services, score a few applicants, serve."""
    demo(Home(home), source, port, leave=leave)


def main() -> None:
    """Run a command; an expected error is one line, not a traceback."""
    try:
        app()
    except CreditRiskError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
