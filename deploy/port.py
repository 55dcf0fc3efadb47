"""The port on which several processes of one house answer together, and nobody else.

On Linux the kernel shares new connections out among all who listen with SO_REUSEPORT; elsewhere
one of them gets them all, which is as good as one process alone. Since any process of the same
user could join, `shilu up` first makes sure that nobody else is there.
"""

import errno
import socket
import time

from domain.journal.installation import InstallationError

PATIENCE = 5.0
"""How long whoever just ended may take to let go of the port, in seconds."""
_LOOK_SECONDS = 0.1


class AddressError(InstallationError):
    """Nobody can listen where the settings say."""


def listeners(host: str, port: int, *, shared: bool = True) -> list[socket.socket]:
    """Bind every address of the host; whoever is `shared` lets others who are bind it too.

    Raises `AddressError` when somebody else has one of them, or this machine none of that name.
    """
    bound: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            one = socket.socket(family, kind, protocol)
            bound.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
    except OSError as error:
        for one in bound:
            one.close()
        place = f"{host}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise AddressError("address.taken", place=place) from error
        raise AddressError("address.unusable", place=place, why=error.strerror) from error
    return bound


def await_free(host: str, port: int, patience: float = PATIENCE) -> None:
    """Return once nobody listens here any more. Raises `AddressError`."""
    deadline = time.monotonic() + patience
    while True:
        try:
            for one in listeners(host, port, shared=False):
                one.close()
        except AddressError as error:
            if error.code != "address.taken" or time.monotonic() >= deadline:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return
