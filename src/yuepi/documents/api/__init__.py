"""What the routes of all rooms tell of documents' files: originals and pictures of pages."""
