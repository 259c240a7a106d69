"""Measured against a floor: the database's own speed in the same run (``./dev bench``, ``bench/RESULTS.md``)."""
