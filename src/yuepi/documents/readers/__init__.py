"""One reader per source of evidence: native data, codes, layout."""
