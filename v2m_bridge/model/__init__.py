"""Video2Music: the Affective Multimodal Transformer for chords and the bi-GRU for dynamics."""
