"""Finding words and phrases: from counts to a lexicon."""
