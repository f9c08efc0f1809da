"""A home's first bundle."""

from pathlib import Path
from typing import Final

from creditrisk.model.bundle import Bundle, BundleStore
from trainer.data import load, prepare
from trainer.fit import Options, fit
from trainer.paths import Home
from trainer.progress import CONSOLE, say
from trainer.publish import publish
from trainer.submission import write_submission

ROWS: Final = 20_000
SEED: Final = 7


def bootstrap(home: Home, source: Path | None) -> Bundle:
    """The current bundle of ``home``; where there is none, prepare data and fit and publish one.

    Raises:
        CreditRiskError: a step failed; the message says which and what to do.
    """
    store = BundleStore(home.bundles)
    if not (home.bundles / "champion").exists():
        if not (home.data / "data.json").exists():
            CONSOLE.print("[bold]Preparing data[/bold]")
            prepare(source, home.data, rows=ROWS, seed=SEED, progress=say)
        CONSOLE.print("[bold]Fitting a model[/bold] (a few minutes; the next start reuses it)")
        data = load(home.data)
        fitted = fit(data, home.fits, Options())
        write_submission(fitted, data.test, home.submission)
        publish(fitted.directory, home.bundles, home.policy)
    bundle = store.take()
    what = "SYNTHETIC data: no figure says anything about people" if bundle.manifest.synthetic else "Home Credit data"
    CONSOLE.print(f"[bold]Bundle[/bold] {bundle.manifest.model_version} ({bundle.hash[:12]}), fitted on {what}")
    return bundle
