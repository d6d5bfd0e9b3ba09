"""Tables and queries of the library, private to it."""
