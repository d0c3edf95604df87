"""What is heard in an edit: where people speak, and what its music tells."""
