"""All that is known of a word, and why a lexicon has it or not."""
