"""The product's own processes: what is run, and with which arguments."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded.children import Child
from config.serve.options import CHECKOUT, Options

WEB_WORKERS = 2
WEB_CARRIERS = 64  # calls a worker takes at a time; those that work are in config/lanes.py
QUEUE_WORKERS = 2
SENDERS = 12  # threads that wait for receivers of notices


@dataclass(frozen=True, slots=True)
class Processes:
    """Makes each of them, with this environment, writing to a log of its own name."""

    options: Options
    environment: Mapping[str, str]
    logs: Path

    def web(self) -> Child:
        """Granian; more threads cost latency and bring no throughput."""
        return self._python(
            "web",
            *("-m", "granian", "config.wsgi:application", "--interface", "wsgi", "--no-ws"),
            *("--host", self.options.host, "--port", str(self.options.port)),
            *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_CARRIERS)),
            # A thread that ends takes its database connection with it.
            *("--blocking-threads-idle-timeout", "600"),
            *("--respawn-failed-workers", "--respawn-interval", "0.1"),
            *("--workers-kill-timeout", "6s", "--log-level", "warning"),
        )

    def worker(self) -> Child:
        return self._python(
            "worker",
            *("-m", "celery", "-q", "-A", "config", "worker", "--concurrency", str(QUEUE_WORKERS)),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        )

    def sender(self) -> Child:
        """Takes what waits for partners' servers; their slowness must not stop the worker."""
        return self._python(
            "sender",
            *("-m", "celery", "-q", "-A", "config", "worker", "-Q", "webhooks", "-n", "sender@%h"),
            *("--pool", "threads", "--concurrency", str(SENDERS)),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        )

    def beat(self) -> Child:
        """Keeps no file: what is due hourly is due by the clock."""
        return self._python(
            "beat",
            *("-m", "celery", "-q", "-A", "config", "beat", "--loglevel", "WARNING"),
        )

    def manage(self, *arguments: str) -> Child:
        """One of the product's commands; they share a log."""
        return self._python(f"manage.py {arguments[0]}", "manage.py", *arguments, log="manage")

    def _python(self, name: str, *arguments: str, log: str = "") -> Child:
        return Child(
            name=name,
            command=[sys.executable, *arguments],
            log=self.logs / f"{log or name}.log",
            environment=self.environment,
            folder=CHECKOUT,
        )
