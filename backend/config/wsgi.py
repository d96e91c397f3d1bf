"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 every page is loaded before the first request asks for one

# The program is no garbage: looking through its half a million objects again and again costs a tenth of each page.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 100)
