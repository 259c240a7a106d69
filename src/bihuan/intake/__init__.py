"""Reports taken in, service records."""
