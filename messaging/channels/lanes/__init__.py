"""One lane per channel account: lease, rate limits, circuit breaker, retry policy, wake-up."""
