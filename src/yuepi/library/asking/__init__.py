"""Asking: a question over documents, answered in quotes from them, each at its place.

Nothing is told that does not stand in a document: without a model the answer is the quotes
themselves; with one, each of its sentences is checked against the quotes it names.
"""
