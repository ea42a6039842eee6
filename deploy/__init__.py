"""What a deployment starts with, and its check."""
