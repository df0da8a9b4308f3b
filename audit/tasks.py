"""Celery's side of the relay: slow handlers only, each row once per claim."""

from celery import shared_task

from audit import relay


def run(outbox_id: int, turn: int) -> None:
    relay.run_handler(outbox_id, turn)


run_handler = shared_task(name=relay.TASK, ignore_result=True)(run)
