"""Where the trainer keeps things: one folder, nothing of it in version control."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The folder ``root`` and what is where in it."""

    root: Path

    @property
    def data(self) -> Path:
        """Prepared tables."""
        return self.root / "data"

    @property
    def fits(self) -> Path:
        """Sealed bundles, as fitted."""
        return self.root / "fits"

    @property
    def histories(self) -> Path:
        """Aggregated histories."""
        return self.root / "histories"

    @property
    def contenders(self) -> Path:
        """What contenders said, by all that it depends on."""
        return self.root / "contenders"

    @property
    def comparison(self) -> Path:
        """The report of the last comparison of contenders."""
        return self.root / "comparison"

    @property
    def online(self) -> Path:
        """The online store of histories, where no URL says otherwise."""
        return self.root / "histories.db"

    @property
    def tracking(self) -> Path:
        """MLflow's runs and registered models, where no tracking URI says otherwise."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts, beside ``tracking``."""
        return self.root / "mlflow"

    @property
    def searches(self) -> Path:
        """Searches for settings, and what they found."""
        return self.root / "searches.db"

    @property
    def bundles(self) -> Path:
        """The bundle store that services read."""
        return self.root / "bundles"

    @property
    def policy(self) -> Path:
        """The policy that scoring decides by."""
        return self.root / "policy.toml"

    @property
    def decisions(self) -> Path:
        """The decision store, where no database URL says otherwise."""
        return self.root / "decisions.db"

    @property
    def drift(self) -> Path:
        """Drift's state, where no database URL says otherwise."""
        return self.root / "drift.db"

    @property
    def pseudonym_key(self) -> Path:
        """The key of pseudonyms in events, made where none is given."""
        return self.root / "pseudonym.key"

    @property
    def users(self) -> Path:
        """Who may sign in at the gateway started on this machine."""
        return self.root / "users"

    @property
    def logs(self) -> Path:
        """Logs of services started on this machine."""
        return self.root / "logs"

    @property
    def submission(self) -> Path:
        """Scores of the unlabelled applicants."""
        return self.root / "submission.csv"
