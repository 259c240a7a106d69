"""Accounts, units, posts, contacts."""
