"""Retrieval, scoring, re-ranking, explanation and the model bundle."""
