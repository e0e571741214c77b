"""`python -m pia` is the same as `pia`."""

from .cli import main

main()
