"""The pack language: TOML in, checked frozen objects out."""
