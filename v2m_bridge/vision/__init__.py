"""What is seen: one decode pass per medium, features on its own 1 Hz clock."""
