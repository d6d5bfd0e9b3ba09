"""The template of the report and its style."""
