"""The WSGI application the web server runs."""

import gc
import os
import sys

from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application

from config.connections import close_ended
from config.lanes import in_lanes
from config.redis_client import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def rest() -> None:
    """Read what Redis answered last: a call that it did not hear is noted in the table."""
    close_ended()
    settle()


request_started.connect(close_ended)
application = in_lanes(get_wsgi_application(), when_idle=rest)

from ota.alerts import watch  # noqa: E402  models are there once the application is

watch.begin()

# What was loaded to start stays for good: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# A quick request beside a long answer asks for the interpreter ten times and would wait 5 ms each.
sys.setswitchinterval(0.0005)
