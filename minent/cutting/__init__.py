"""Cutting text into words, phrases and tokens."""
