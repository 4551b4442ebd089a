"""How a tokenizer works: machines that find pieces, text cut before they look, streams, and all paths at once."""
