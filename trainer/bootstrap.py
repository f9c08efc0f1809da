"""A home's first bundle."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from creditrisk.history import Table
from creditrisk.model.bundle import CHAMPION, Bundle, BundleStore
from trainer.data import prepare
from trainer.histories.materialize import materialize_missing
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import CONSOLE, say
from trainer.release import release

ROWS: Final = 20_000
SEED: Final = 7


def bootstrap(home: Home, source: Path | None, without: Collection[Table]) -> Bundle:
    """The champion of ``home``, with its applicants' histories materialised; each is made where it is not there.

    Raises:
        CreditRiskError: a step failed; the message says which and what to do.
    """
    store = BundleStore(home.bundles)
    if store.aliased(CHAMPION) is None:
        if not (home.data / "data.json").exists():
            CONSOLE.print("[bold]Preparing data[/bold]")
            prepare(source, home.data, without=without, rows=ROWS, seed=SEED, progress=say)
        CONSOLE.print("[bold]Fitting a model[/bold] (a few minutes; the next start reuses it)")
        release(home, Options())
    bundle = store.take()
    if bundle.schema.layout:
        materialize_missing(home)
    what = "SYNTHETIC data: no figure says anything about people" if bundle.manifest.synthetic else "Home Credit data"
    CONSOLE.print(f"[bold]Bundle[/bold] {bundle.manifest.model_version} ({bundle.hash[:12]}), fitted on {what}")
    return bundle
