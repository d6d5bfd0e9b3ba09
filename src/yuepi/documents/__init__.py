"""From a file to a reading: pages, kinds, typed fields with evidence, tables and findings."""
