"""What follows an event: NOW in the same transaction, LATER from the outbox; and the worker that sees to it."""
