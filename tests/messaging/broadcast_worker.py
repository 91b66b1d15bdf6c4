"""A process that goes on with the broadcasts of one province, in small steps, until it is killed or they are done.

`python -m tests.messaging.broadcast_worker SLUG`, in the environment of a province that is really committed.
"""

import sys


def main(slug: str) -> None:
    """Steps of a few rows each, so that a kill meets any of them."""
    import django

    django.setup()

    from django.db.models.functions import Now

    from messaging.broadcasts import audience
    from messaging.broadcasts.models import Publication
    from messaging.broadcasts.sending import enqueue
    from messaging.broadcasts.sending.runner import go_on
    from messaging.delivery import lane_loop
    from messaging.outbox.due_lanes import due_lanes
    from tenants.isolation.context import province_context

    audience.PAGE, enqueue.AHEAD = 7, 9
    with province_context(slug):
        while Publication.objects.filter(state__in=("approved", "running")).exists():
            Publication.objects.filter(next_step_at__isnull=False).update(next_step_at=Now())
            go_on(seconds=0.05)
            for lane_id in due_lanes():
                lane_loop.run_lane(lane_id, seconds=0.1)


if __name__ == "__main__":
    main(sys.argv[1])
