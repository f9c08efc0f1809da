"""A wire to a server that can fall silent."""

import socket
import threading
from contextlib import suppress


class Wire:
    """A forwarder to the server that can fall silent: connections stay open and nothing comes through."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._silent: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """The connections there are now forward nothing more; new ones do."""
        self._silent |= set(self._open)

    def close(self) -> None:
        self._listener.close()
        for end in self._open:
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if source in self._silent:
                    return  # open for ever, and silent
                sink.sendall(data)
            if source not in self._silent:
                sink.shutdown(socket.SHUT_WR)
