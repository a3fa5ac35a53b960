"""Born-digital PDFs as a source of truth: what their text layer says, beside the page as it is drawn."""
