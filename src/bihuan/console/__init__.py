"""The command line: set up, serve, work, import, packs, rules, ledger, the demonstration, a check of the machine."""
