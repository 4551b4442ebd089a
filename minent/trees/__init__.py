"""Trees of sentences, and how they are shown."""
