"""The WSGI application the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.lanes import in_lanes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = in_lanes(get_wsgi_application())

# What was loaded to start stays for good: the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
