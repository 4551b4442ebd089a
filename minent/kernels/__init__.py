"""Compiled code only.  Each file stands alone: a compiled call never crosses a file (see _jit.py)."""
