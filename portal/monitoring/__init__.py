"""Health, readiness, metrics, logs and error reports."""
