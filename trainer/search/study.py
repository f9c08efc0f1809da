"""A study: which settings of a family were tried on which data, and with what loss; many in one SQLite file.

Optuna is imported here alone. A trial counts once its loss is told, which is one transaction; a trial that was cut
off is given up at the next start. What is tried next follows from the trials that count and the study's seed alone,
so a search that was interrupted tries what it would have tried if it had not been.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.exc import DatabaseError

from creditrisk.errors import InvalidData, InvalidSettings
from creditrisk.features.schema import FeatureSchema
from creditrisk.stores.lock import held
from trainer.data.dataset import Dataset
from trainer.families.family import Range
from trainer.features import feature_names
from trainer.options import Options


@dataclass(frozen=True, slots=True)
class Tried:
    """``settings``, by name in the family's space, and their ``loss``, infinite where the model ranks nothing."""

    settings: Mapping[str, float]
    loss: float


class Study:
    """The trials of one family on one set of data."""

    def __init__(self, study: optuna.Study, options: Options) -> None:
        """Read and continue ``study`` of the family in ``options``, with their seed."""
        self._study = study
        self._seed = options.seed
        self._space = {name: _distribution(one) for name, one in options.family.space.items()}
        settings = options.family.settings()
        self._own = {name: settings[name] for name in self._space}

    @property
    def tried(self) -> list[Tried]:
        """What counts, in the order it was tried; the family's own settings first."""
        return _tried(self._study)

    def ask(self) -> optuna.Trial:
        """What to try next, in ``params``: the family's own settings first, then what Optuna's TPE proposes.

        TPE: tree-structured Parzen estimators (Bergstra et al. 2011; multivariate, Falkner et al. 2018).
        """
        count = len(self.tried)
        if not count and not self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            self._study.enqueue_trial(self._own)
        # A sampler that went on from trial to trial would begin anew with every run, and repeat itself.
        seed = np.random.SeedSequence((self._seed, count)).generate_state(1)
        self._study.sampler = TPESampler(seed=int(seed[0]))
        return self._study.ask(self._space)

    def tell(self, trial: optuna.Trial, loss: float) -> None:
        """Count ``trial``, with its ``loss``."""
        self._study.tell(trial, loss)


def name_of(data: Dataset, options: Options) -> str:
    """The name of a study: it tells all that its losses and its next trials depend on, but for the program's code."""
    tables = frozenset(data.histories.tables) if data.histories else frozenset()
    schema = FeatureSchema(feature_names(options.allowed, tables), {}, {}, {})
    subject = "\n".join((schema.fingerprint, repr(options.family), repr(options.family.space)))
    digest = hashlib.sha256(subject.encode()).hexdigest()
    return f"{options.family.kind}-{data.fingerprint[:16]}-{digest[:16]}-{options.seed}"


@contextmanager
def opened(path: Path, name: str, options: Options) -> Iterator[Study]:
    """The study ``name`` of the file ``path``, to be gone on with; either is made where it is not there.

    Raises:
        InvalidSettings: another search is writing to the file.
        InvalidData: the file is damaged, or of another version of Optuna.
    """
    try:
        with held(path), _storage(path) as storage:
            study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
            for cut_off in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                study.tell(cut_off.number, state=TrialState.FAIL)
            yield Study(study, options)
    except BlockingIOError as error:
        raise InvalidSettings(f"{path} is being written by another search; wait for its end") from error


def tried(path: Path, name: str) -> list[Tried]:
    """What counts of the study ``name`` in the file ``path``, as ``Study.tried``; neither need be there.

    Raises:
        InvalidData: as ``opened``.
    """
    if not path.exists():
        return []
    with _storage(path) as storage:
        try:
            return _tried(optuna.load_study(storage=storage, study_name=name))
        except KeyError:
            return []


def best(among: Iterable[Tried]) -> Tried | None:
    """The least loss, the earliest of several; None where there is none."""
    return min((one for one in among if math.isfinite(one.loss)), key=lambda one: one.loss, default=None)


@contextmanager
def _storage(path: Path) -> Iterator[RDBStorage]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage = RDBStorage(f"sqlite:///{path}")
    except (DatabaseError, RuntimeError) as error:  # RuntimeError: its tables are not this version's
        raise InvalidData(f"{path} holds no searches that can be read; move it away") from error
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _tried(study: optuna.Study) -> list[Tried]:
    return [Tried(one.params, one.values[0]) for one in study.get_trials(states=(TrialState.COMPLETE,))]


def _distribution(one: Range) -> BaseDistribution:
    if isinstance(one.low, int) and isinstance(one.high, int):
        return IntDistribution(one.low, one.high, log=True)
    return FloatDistribution(one.low, one.high, log=True)
