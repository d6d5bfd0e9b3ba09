"""The room's tables and queries, private to it; one module for each matter."""
