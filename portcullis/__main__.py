"""The entry point of the `portcullis` command, and ``python -m portcullis``."""

import signal


def main() -> None:
    """Run the command line. Ctrl-C during the imports ends the process without a traceback."""
    imports_may_be_interrupted = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if imports_may_be_interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from portcullis.cli.main import main as run  # noqa: PLC0415 - takes a third of a second

    if imports_may_be_interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
