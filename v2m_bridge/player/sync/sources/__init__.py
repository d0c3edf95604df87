"""What playing can follow: one module for each kind, loaded only where it is chosen."""
