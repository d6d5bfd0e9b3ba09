"""One script for each version of the tables, in order; never changed once released."""
