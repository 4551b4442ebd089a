"""Scores: of segmentations, trees and tokenizers."""
