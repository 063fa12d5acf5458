"""The request id goes along with a task: what a request woke logs under the request's id.

What beat sends was asked for by nobody: each such task has an id of its own, which its log lines
share with the rows of history it writes.
"""

import secrets
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER = "request_id"


def current() -> str:
    """The id of the request or task that runs here; empty where neither does."""
    return get_contextvars().get(HEADER, "")


@before_task_publish.connect
def send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Into the headers of the message: the id of what sends it, or a new one."""
    if headers is not None and not headers.get(HEADER):
        headers[HEADER] = get_contextvars().get(HEADER) or secrets.token_hex(16)


@task_prerun.connect
def take_over(task: Any = None, **_: Any) -> None:
    """In every log line of the task, its failure included."""
    if task.request.is_eager:  # it runs within what called it
        return
    clear_contextvars()
    bind_contextvars(request_id=task.request.get(HEADER) or secrets.token_hex(16), task=task.name)


@task_postrun.connect
def let_go(task: Any = None, **_: Any) -> None:
    if not task.request.is_eager:
        clear_contextvars()
