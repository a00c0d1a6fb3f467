"""What the records mean: pure figures, no disk, clock, network or environment."""
