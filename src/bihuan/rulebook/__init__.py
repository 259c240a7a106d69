"""Published pack versions, calendar years, paper numbers."""
