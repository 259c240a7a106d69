"""The proofs: what must be true of a pack's rules before anybody may live by them (docs/rules/packs.md)."""
