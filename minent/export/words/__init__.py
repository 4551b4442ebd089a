"""Lexicons as other programs want them, a module for each of these."""
