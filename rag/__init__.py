"""Retrieval and grounded answers over an index of policy documents."""
