"""Identity cards and travel documents: fields that can be trusted."""
