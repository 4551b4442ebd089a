"""Where the texts of a corpus come from: paths, lists, addresses; encodings; fields of records and of columns."""
