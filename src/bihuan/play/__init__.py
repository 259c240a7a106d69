"""Demo and pack stories, played through the door."""
