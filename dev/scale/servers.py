"""Several Odoo servers on the database of one stack, as on several machines."""

import os
from pathlib import Path

from stack import ports
from stack.live import LiveStack
from stack.odoo_server import OdooServer

CRON_THREADS = 2


class Servers:
    """Odoo servers that share the locations among them."""

    def __init__(self, stack: LiveStack, count: int):
        """:param LiveStack stack: its own Odoo is the first server; it is stopped."""
        stack.odoo.stop()
        self.running = [
            OdooServer(
                stack.postgres,
                stack.database,
                ports.free(),
                stack.folder / f"server{number}",
                cron_threads=CRON_THREADS,
                arguments=("--log-level=warn",),
                config_folder=stack.data,
            )
            for number in range(count)
        ]

    def __enter__(self) -> "Servers":
        try:
            for server in self.running:
                server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error) -> None:
        for server in self.running:
            server.stop()

    def cpu(self) -> float:
        """Return the seconds of processor time that the servers have used."""
        ticks = 0
        for server in self.running:
            stat = Path(f"/proc/{server.pid}/stat").read_text()
            # Behind the name, which may hold anything: user and system time.
            user, system = stat.rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill_one(self) -> None:
        """Kill the last server as ``kill -9`` does; the others go on."""
        self.running.pop().kill()
