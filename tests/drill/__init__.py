"""Drills: the real server and worker, in processes of their own, under load, and killed."""
