"""Areas redrawn: merged or split as recorded jobs; open matters follow through the door, old codes stay history."""
