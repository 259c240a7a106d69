"""Databases for tests: a throw-away PostgreSQL cluster, started as an ordinary user, gone afterwards."""
