"""Work beside the event loop: a thread that takes turns until it is stopped."""

import threading
from collections.abc import Callable


class Worker:
    """Takes turns on a thread of its own."""

    def __init__(self, name: str, turn: Callable[[], float], end: Callable[[], None]) -> None:
        """``turn`` returns the seconds to wait before the next, and does not raise; ``end`` follows the last."""
        self._turn = turn
        self._end = end
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop: a long turn may look."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start taking turns."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End with the turn that is taken, within ``timeout`` seconds. Blocking."""
        self._stopping.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._turn()
        self._end()
