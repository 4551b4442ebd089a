"""A page on a lexicon, templates or a tokenizer, for people: see ARCHITECTURE.md.

`charts` pictures of numbers, `page` HTML, `words`, `patterns` and `tokens` what is said of each kind of file, `report`
all of it together.
"""
