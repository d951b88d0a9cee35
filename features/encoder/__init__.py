"""Texts to vectors: one small protocol, an embedded model of Chinese and English, any by name.

:func:`~features.encoder.opening.open_encoder` opens what a setting names. The embedded model works
offline and needs no extra; :mod:`features.encoder.sentence` alone imports sentence-transformers.
Vectors are kept by content in a :class:`~features.encoder.cache.VectorCache`, and centred by side
and language before they are compared (:mod:`features.encoder.centring`).
"""

__all__: list[str] = []
