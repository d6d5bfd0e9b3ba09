"""Reading by geometry: rows, labels and columns of text lines, native or recognised alike."""
