"""Rows in, records out."""
