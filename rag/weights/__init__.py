"""Weights of the two default models, delivered as packages of the package index."""
