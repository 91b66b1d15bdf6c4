"""What every door shares: addresses, budgets of what strangers may cause, QR codes, calls to other hosts, telemetry."""
