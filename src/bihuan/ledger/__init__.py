"""The append-only ledger, the outbox and request ids."""
