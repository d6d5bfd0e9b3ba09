"""What a person looks at: pictures with the evidence marked, and one self-contained HTML page."""
