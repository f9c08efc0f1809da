"""Publishing: a bundle gets an alias, by which services take it at their next start."""

from pathlib import Path

from creditrisk.decision.policy import Domain, Policy, starting_policy
from creditrisk.model.bundle import CHAMPION, Bundle, BundleStore
from trainer.progress import say


def publish(sealed: Path, bundles: Path, policy: Path, alias: str = CHAMPION) -> Bundle:
    """Publish the bundle in ``sealed`` to the store ``bundles`` as ``alias``; make a ``policy`` where there is none.

    Raises:
        InvalidBundle: it does not verify or is not certified.
        InvalidPolicy: the policy file there is does not fit the bundle; nothing was published.
    """
    bundle = Bundle.open(sealed)
    if not policy.exists():
        policy.parent.mkdir(parents=True, exist_ok=True)
        source = f"bundle {bundle.manifest.model_version}"
        policy.write_text(starting_policy(bundle.manifest.proposed_threshold, source), encoding="utf-8")
        say(f"wrote {policy}: decline at PD {bundle.manifest.proposed_threshold:.4f}")
    Policy.read(policy, Domain.of(bundle.schema))
    published = BundleStore(bundles).publish(sealed, alias)
    say(f"{published.manifest.model_version} ({published.hash[:12]}, {published.manifest.source} data) is the {alias}")
    return published
