"""Records, catalogue, validation, importers, the demo world and the store.

The bottom layer: it knows what a firm or an offer is and where it is kept, and ranks nothing.
"""
