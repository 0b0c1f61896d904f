"""The embedding model and the language model: found, fetched, loaded, asked."""
