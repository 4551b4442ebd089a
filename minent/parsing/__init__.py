"""How text is parsed by nested templates: see ARCHITECTURE.md.

`parser` templates and text to trees, `words` text to words and clauses, `grammar` templates as rules, `clauses` a chart
and its best tree, `ranking` the k best trees of a chart, `lines` lines of text to trees as text.
"""
