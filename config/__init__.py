"""What the whole product shares: settings, addresses, timetable, and how it is run."""

from config.celery import app as celery

__all__ = ["celery"]
