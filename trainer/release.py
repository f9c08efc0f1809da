"""From prepared data to a bundle that is tracked, registered and served."""

from dataclasses import asdict

from creditrisk.model.bundle import CHALLENGER, CHAMPION, Bundle, BundleStore
from trainer.data import load
from trainer.fit import fit
from trainer.histories.build import load_histories
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import say
from trainer.publish import publish
from trainer.registry.runs import track
from trainer.submission import write_submission


def release(home: Home, options: Options) -> Bundle:
    """Fit a bundle on the prepared data of ``home``, track and register it, make it the challenger.

    Where there is no champion it becomes that too. The unlabelled applicants are scored with it.

    Raises:
        CreditRiskError: a step failed; the message says which and what to do.
    """
    data = load(home.data)
    histories = load_histories(data, home.histories)
    bundle = fit(data, histories, home, options)
    say(f"sealed {bundle.directory}")
    write_submission(bundle, data.test, histories, home.submission)
    say(f"scored {data.test.height:,} unlabelled applicants to {home.submission}")
    publish(bundle.directory, home.bundles, home.policy, CHALLENGER)
    track(home, bundle, _parameters(options))
    if BundleStore(home.bundles).aliased(CHAMPION) is None:
        publish(bundle.directory, home.bundles, home.policy, CHAMPION)
    return bundle


def _parameters(options: Options) -> dict[str, object]:
    return {
        "seed": options.seed,
        "family": str(options.family.kind),
        **options.family.settings(),
        **asdict(options.costs),
        "protected attributes": ", ".join(sorted(options.allowed)),
    }
