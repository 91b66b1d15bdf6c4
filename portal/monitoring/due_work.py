"""What is looked for in each province for the processes in the background, see `tenants.isolation.work_discovery`."""

from dossiers.exchange import webhooks
from dossiers.exchange.national import turn
from messaging.delivery.relay import sweep

DUE_WORK = {**sweep.DUE_WORK, webhooks.DUE: webhooks.PROBE, turn.DUE: turn.PROBE}
