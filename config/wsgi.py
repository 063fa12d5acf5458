"""The WSGI application the web server runs."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from config.lanes import in_lanes
from config.redis_client import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def rest() -> None:
    """Read what Redis answered last: a call that it did not hear is noted in the table."""
    close_old_connections()  # PostgreSQL may have gone meanwhile
    settle()


application = in_lanes(get_wsgi_application(), when_idle=rest)

# What was loaded to start stays for good: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# A quick request beside a long answer asks for the interpreter ten times and would wait 5 ms each.
sys.setswitchinterval(0.0005)
