"""The rules of the house, checked in seconds. Each check is fed a deliberately wrong sample too, and must see it."""
