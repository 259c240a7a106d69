"""SQLite as this product needs it: durable, one fair queue of writers, a build without the WAL-reset fault."""
