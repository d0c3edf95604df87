"""Data sets, losses, training and honest evaluation."""
