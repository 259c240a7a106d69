"""Clocks are folds over events, never counted down (shape: what a clock is; reading: what it says)."""
