"""Documents as files for other programs: tables, readings, and PDFs that can be searched."""
