"""The pure rules: terms, events, calendar, clocks, lights, procedure, routing, scope. No Django, no I/O, no now()."""
