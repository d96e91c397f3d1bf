"""The Celery application. Celery only wakes workers; durable work is rows in PostgreSQL (architecture §9)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

from django.conf import settings

from backend.platform import embedded, schedule

app = Celery("mskp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.broker_url = settings.BROKER_URL or embedded.broker_url()
app.conf.beat_schedule = schedule.ENTRIES  # filled by each context in its apps.ready
app.autodiscover_tasks()
