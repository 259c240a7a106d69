"""Sorting what came in: what its words suggest, and how assignments of that kind went before."""
