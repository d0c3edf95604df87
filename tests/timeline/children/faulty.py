"""Cannot be imported."""

raise ImportError("libnothing.so is missing")
