"""Celery's doors to the relay. Tasks are hints: losing any of them delays a message by a sweep, no more."""

import logging

from celery import shared_task
from django.db import close_old_connections

from messaging import relay
from tenants.context import current_province, each_province, province_task

log = logging.getLogger(__name__)


@province_task(name="messaging.tasks.run_lane")
def run_lane(lane_id: int) -> None:
    """Work on one lane for up to five seconds; with work left, hint again so that other lanes get a turn."""
    report = relay.run_lane(lane_id)
    if report.more and report.taken:
        run_lane.delay(current_province().slug, lane_id)


@shared_task(name="messaging.tasks.sweep")
def sweep() -> int:
    """Hint at every lane with due messages in all provinces: this finds what lost hints left lying.

    It enters each province in turn. One query over all schemas is not to be had: outside a province the
    runtime login may read none of them, which is the point of the roles. Entering and asking is two
    statements over a partial index per province: 0.5 ms in the database, 1 to 5 ms in all as machines go.
    Returns the number of hints.
    """
    close_old_connections()
    hints = 0
    for province in each_province():
        try:
            for lane_id in relay.due_lanes():
                run_lane.delay(province.slug, lane_id)
                hints += 1
        except Exception:
            # One province in trouble must not keep the others waiting.
            log.exception("sweep of %s", province.slug)
    return hints
