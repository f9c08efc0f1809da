"""The whole system on one machine: data, bundle, services, and a few applicants scored through gRPC."""

import signal
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Final

from rich.table import Table as Grid

from creditrisk.client import DECISION_APPROVE, DECISION_DECLINE, DECISION_REFER, Client, Decision
from creditrisk.history import Table
from creditrisk.model.bundle import Bundle
from creditrisk.wire import to_applications
from trainer.bootstrap import SEED, bootstrap
from trainer.frames import ID, to_batch
from trainer.front import gateway, new_users
from trainer.generator import generate
from trainer.local import NAMES, Service, running
from trainer.paths import Home
from trainer.progress import CONSOLE, say

APPLICANTS: Final = 60
"""Applicants scored; a few of each decision are shown."""
SHOWN: Final = 3


def demo(home: Home, source: Path | None, without: Collection[Table], first_port: int, *, leave: bool) -> None:
    """Run it all; serve until Ctrl-C, or ``leave`` after the table.

    Raises:
        CreditRiskError: a step failed; the message says which and what to do.
    """
    bundle = bootstrap(home, source, without)
    CONSOLE.print("[bold]Starting feature, scoring, explain, drift and the gateway[/bold]")
    port = first_port + len(NAMES) if first_port else 0
    passwords = new_users(home)
    with running(home, first_port) as services, gateway(home, port, services) as front:
        _score(services, bundle)
        CONSOLE.print("\n[bold]Serving[/bold]")
        for service in services.values():
            say(f"{service.name:8} grpc {service.target}   metrics {service.metrics}   log {service.log}")
        say(f"{front.name:8} http://{front.target}/docs   metrics {front.metrics}   log {front.log}")
        for name, password in passwords.items():
            say(f"sign in at http://{front.target}/login as {name} with password {password}")
        if leave:
            return
        say("Ctrl-C stops it")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(1.0):
            for service in (*services.values(), front):
                service.check_running()
        say("draining …")


def _score(services: dict[str, Service], bundle: Bundle) -> None:
    """Score generated applicants and show some of each decision.

    Their request ids hold the bundle's hash: another start with the same bundle gets the recorded answers.
    """
    frame = generate(APPLICANTS, SEED).train
    applications = to_applications(to_batch(frame))
    answers = []
    with Client(services["scoring"].target, explain=services["explain"].target, client_id="demo", timeout=10) as bank:
        for applicant, application in zip(frame[ID], applications, strict=True):
            application.sk_id_curr = applicant
            answers.append((applicant, bank.score(application, request_id=f"demo-{bundle.hash[:16]}-{applicant}")))
        table = Grid(title="Generated applicants, scored through gRPC", title_justify="left")
        for heading in ("applicant", "PD", "points", "decision", "strongest reasons, in log-odds of default"):
            table.add_column(heading, justify="right" if heading in ("PD", "points") else "left")
        for decision in (DECISION_APPROVE, DECISION_REFER, DECISION_DECLINE):
            alike = [one for one in answers if one[1].assessment.decision == decision]
            for applicant, answer in alike[:SHOWN]:
                why = bank.explain(answer.prediction_id, top_reasons=2)
                reasons = why.lowering if decision == DECISION_APPROVE else why.raising
                table.add_row(
                    str(applicant),
                    f"{answer.assessment.probability_of_default:.1%}",
                    str(answer.assessment.points),
                    Decision.Name(decision).removeprefix("DECISION_"),
                    "\n".join(f"{reason.contribution:+.2f} {reason.text}" for reason in reasons),
                )
            if alike:
                say(f"{len(alike)} of {len(answers)}: {Decision.Name(decision).removeprefix('DECISION_')}")
    CONSOLE.print(table)
