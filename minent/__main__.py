"""`python -m minent`."""

from minent.cli import main

main()
