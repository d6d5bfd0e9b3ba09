"""The library: every document read once, then found by meaning, asked, and taken out again.

The shelf (folders, documents, versions, parts, values) lies in the database and is the truth. The
index is derived from it, and can be lost and built anew. Who may see a document is said by the
shelf, in each query, also where the index found it.
"""
