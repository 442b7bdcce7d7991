"""From two pictures to a painting: settings, objective, optimizers, the run and its result."""
