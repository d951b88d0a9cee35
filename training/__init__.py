"""Examples, ranker, calibration, tuning, promotion gate and the training run."""
