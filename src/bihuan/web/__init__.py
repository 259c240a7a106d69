"""What faces share."""
