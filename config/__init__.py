"""The project: settings, addresses, wiring and the ways to start it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
