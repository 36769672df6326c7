"""`python -m codex_action`; in a folder that is not yours write `python -I -m codex_action`."""

from codex_action.cli.start import run

if __name__ == "__main__":
    run()
