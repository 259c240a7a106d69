"""The case, its threads and the one door."""
