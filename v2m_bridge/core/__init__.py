"""The values that every room speaks: frozen, checked once, free of I/O."""
