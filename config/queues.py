"""What waits in the queues until a worker takes it."""

import json
from typing import Any, cast

from config.redis_client import client


def length(queue: str) -> int:
    """How many messages wait; raises RedisError."""
    return client().llen(queue)


def tasks(queue: str) -> set[str]:
    """The names of the tasks that wait; raises RedisError."""
    messages: list[Any] = cast("list[Any]", client().lrange(queue, 0, -1))
    return {json.loads(each)["headers"]["task"] for each in messages}
