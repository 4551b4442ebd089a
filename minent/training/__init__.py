"""How a tokenizer is trained: text as symbols, pieces that grow, pieces that are given up."""
