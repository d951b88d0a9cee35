"""Point-in-time history, tokens and pair features: the same code in training and serving."""
