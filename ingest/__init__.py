"""From a document file to outlined, chunked text, and into the index."""
