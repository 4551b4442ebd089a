"""How a CRF learns to cut text into words, and cuts it."""
