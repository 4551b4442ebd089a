"""How `count` works: what is read, put aside, planned, counted and kept; see ARCHITECTURE.md."""
