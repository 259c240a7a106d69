"""The procedure of a case: its shape as the pack writes it, its guards, and the one decision."""
