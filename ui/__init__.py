"""The page: chat, clause reader, library."""
