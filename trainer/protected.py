"""What protected attributes are worth: AUC with and without each, on the same rows and folds."""

import numpy as np

from creditrisk.features.spec import Protected
from trainer.crossfit import cross_fit
from trainer.data.dataset import Dataset
from trainer.features import USUAL, enough, feature_names
from trainer.frames import ID, TARGET, to_batch
from trainer.histories.known import Histories
from trainer.progress import bar, say


def report(data: Dataset, histories: Histories | None, seed: int) -> None:
    """Cross-fit with the usual attributes, without each of them, and with those usually out; print AUCs."""
    target = data.train[TARGET].to_numpy()
    histories = enough(histories, data.train[ID].to_numpy())
    batch = to_batch(data.train, histories)
    tables = histories.tables if histories else frozenset()
    variants = {"as fitted": USUAL}
    variants |= {f"without {attribute}": USUAL - {attribute} for attribute in Protected if attribute in USUAL}
    variants |= {f"with {attribute}": USUAL | {attribute} for attribute in Protected if attribute not in USUAL}
    found = {}
    for label, allowed in variants.items():
        names = feature_names(allowed, tables)
        with bar(f"{label}, {len(names)} features", 1.0) as told:
            found[label] = np.array(cross_fit(batch, target, names, seed, told).auc_by_fold(target))
    usual = found["as fitted"]
    for label, auc in found.items():
        apart = auc - usual
        spread = f"{apart.mean():+.4f} ± {apart.std(ddof=1):.4f} over folds" if label != "as fitted" else ""
        say(f"{label:24} AUC {auc.mean():.4f}  {spread}")
