"""How text is parsed by nested templates: see ARCHITECTURE.md.

`words` text to words and clauses, `grammar` templates as rules, `clauses` a chart and its best tree, `ranking` the k
best trees of a chart.
"""
