"""Settings, urls, wiring: the composition root."""
