"""Hand-written Chinese material of the demo world: trades, sentences, products, words of names.

Nothing here was taken from a real firm or institution; every phrase was written for this project.
"""
