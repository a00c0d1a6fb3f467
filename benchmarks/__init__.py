"""How long things take, always beside something else in the same run."""
