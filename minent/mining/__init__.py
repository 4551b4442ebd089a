"""How templates are mined: clauses read, words in pairs counted, templates proposed, chosen, and described."""
