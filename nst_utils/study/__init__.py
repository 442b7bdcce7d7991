"""Many runs as one experiment: grids, fair comparisons, chance, what was claimed and what holds."""
