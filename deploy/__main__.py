"""`python -m deploy`: the same commands where the console script is not on the path."""

from deploy.cli import main

main()
