"""``python -m shopprivacy``: the command line."""

from shopprivacy.cli import main

if __name__ == "__main__":
    main(prog_name="shopprivacy")
