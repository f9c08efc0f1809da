"""A search: trial after trial of a family's settings, within a budget.

Settings are judged by the mean log loss of out-of-fold PDs, calibrated as a fit calibrates them: a proper score, the
one early stopping uses, and of one scale for all families. The folds are not those by which a fit with the same seed
is evaluated. The rows are: what is chosen on them is evaluated on them, so the figures of a fit with settings that
were searched for are slightly kind, and kinder the more was tried.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from creditrisk.model.calibration import fit_platt
from trainer.crossfit import cross_fit
from trainer.data import load
from trainer.features import USUAL
from trainer.histories.build import load_histories
from trainer.labelled import Labelled
from trainer.modelled import FEWEST_DEFAULTS
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import bar, say
from trainer.search.study import Tried, best, name_of, opened, tried

OTHER_FOLDS: Final = 1_000
"""What is added to the seed, for folds (and all else that is random) other than those of the evaluation."""


@dataclass(frozen=True, slots=True)
class Budget:
    """``minutes`` of one run, after which no trial begins, and ``trials`` of the study, those of earlier runs too."""

    minutes: float = math.inf
    trials: float = math.inf


def search(home: Home, options: Options, budget: Budget) -> None:
    """Try settings of the family in ``options`` on the prepared data of ``home``, on from where the last run ended.

    The first are the family's own, so the best is never worse than these by this measure. A trial under way when
    the time is up is finished: otherwise a run shorter than a trial would bring a search no further.

    Raises:
        InvalidSettings: another search is running in ``home``.
        InvalidData: there is no prepared data, too few defaults, or the file of searches is damaged.
    """
    ends = monotonic() + 60 * budget.minutes
    data = load(home.data)
    rows = Labelled.of(data, load_histories(data, home.histories))
    names, defaults = rows.names(options.allowed), int(rows.target.sum())
    if defaults < FEWEST_DEFAULTS:
        raise InvalidData(f"{defaults} defaults among {len(rows)} rows; a search needs {FEWEST_DEFAULTS}")
    seed = options.seed + OTHER_FOLDS
    with opened(home.searches, name_of(data, options), options) as study:
        try:
            while len(study.tried) < budget.trials and monotonic() < ends:
                trial = study.ask()
                with bar(_label(study.tried, budget), 1.0) as told:
                    family = options.family.having(trial.params)
                    crossed = cross_fit(rows.batch, rows.target, names, seed, told, family)
                loss = log_loss(crossed.margins, rows.target)
                study.tell(trial, loss)
                say(f"log loss {loss:.5f} with {_listed(trial.params)}{_left(ends)}")
        except KeyboardInterrupt:
            say("stopped; the same command goes on from here, with the trial that was cut off anew")
            raise
        found = best(study.tried)
        if found:
            own = study.tried[0].loss
            say(f"best of {len(study.tried)}: log loss {found.loss:.5f}, with the family's own settings {own:.5f}")
            say(f"to fit with the best: {_command('fit', home, options)} --tuned")


def tuned(home: Home, options: Options) -> Options:
    """``options``, their family with the best settings that a search with these options found on this data.

    Raises:
        InvalidData: none was found yet; the message says how to search.
    """
    found = best(tried(home.searches, name_of(load(home.data), options)))
    if found is None:
        raise InvalidData(
            f"{home.searches} holds no finished trial of this family, data, seed and attributes; "
            f"search first: {_command('search', home, options)}"
        )
    say(f"settings that were found by search, log loss {found.loss:.5f}: {_listed(found.settings)}")
    return replace(options, family=options.family.having(found.settings))


def log_loss(margins: NDArray[np.float64], target: NDArray[np.int8]) -> float:
    """Mean negative log-likelihood of ``target`` (n,), in nats, by ``margins`` (n,) when calibrated.

    Infinite where they cannot be: they are all one, or rank backwards.
    """
    try:
        log_odds = fit_platt(margins, target).apply(margins)
    except InvalidData:
        return math.inf
    return float(np.mean(np.logaddexp(0.0, log_odds) - target * log_odds))


def _label(before: Sequence[Tried], budget: Budget) -> str:
    of = f" of {budget.trials:.0f}" if math.isfinite(budget.trials) else ""
    found = best(before)
    return f"trial {len(before) + 1}{of}" + (f", best so far {found.loss:.5f}" if found else "")


def _left(ends: float) -> str:
    return f"; {max(0.0, ends - monotonic()) / 60:.0f} min left" if math.isfinite(ends) else ""


def _listed(settings: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in settings.items())


def _command(command: str, home: Home, options: Options) -> str:
    words = ["python", "-m", "trainer", command, "--model", str(options.family.kind), "--seed", str(options.seed)]
    if options.allowed != USUAL:
        words += [word for attribute in sorted(options.allowed) for word in ("--allow", str(attribute))]
    return shlex.join([*words, "--home", str(home.root)])
