"""The version of Portcullis, and the name under which this package was imported."""

VERSION = "0.1.0"
# `portcullis` in the repository, `portcullis_gates.portcullis` where the wheel is installed. Child
# processes are started by this name.
NAME = __name__.rpartition(".")[0]
