"""Safekeeping: backups, restoring, exports of a whole place, moving it to another database; what is kept of persons."""
