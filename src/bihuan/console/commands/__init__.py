"""One module for each command of ``bihuan``."""
