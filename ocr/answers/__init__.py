"""Questions to a document that has been read."""
