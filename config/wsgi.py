"""The WSGI application the web server runs."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

from config.lanes import in_lanes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = in_lanes(get_wsgi_application())

# What was loaded to start stays for good: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# A quick request beside a long answer asks for the interpreter ten times and would wait 5 ms each.
sys.setswitchinterval(0.0005)
