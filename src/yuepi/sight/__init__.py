"""What is visible on a page without a language model: text lines, codes, seals, ruled tables."""
