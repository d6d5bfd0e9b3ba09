"""The index: pieces of documents by their words and by their meaning. Derived; never the truth."""
