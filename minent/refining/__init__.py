"""How `build-lexicon --effort best` cuts its text better: see ARCHITECTURE.md."""
