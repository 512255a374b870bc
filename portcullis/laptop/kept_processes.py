"""The processes that plan and judge for one laptop: started early, kept between its plans.

Imports little, so that they start while this process still imports the gateway.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from portcullis.analyzer.pack_folder import pack_of
from portcullis.analyzer.process import pack_process
from portcullis.gateway.processes.exec import ends_with_this_process
from portcullis.graph.in_process import ProgramHost, program_host
from portcullis.laptop.kept import Kept, content_of

# Below a project, whatever its state directory: it depends on the program alone.
IMPORTS_FILE = Path(".portcullis") / "build" / "sdk-imports.txt"


class KeptProcesses:
    """A host of programs and a policy pack.

    Args:
        imports_file: remembers what a program imports of the SDK, so that the next start imports
            it while nothing else is ready; None to remember nothing.
    """

    def __init__(self, imports_file: Path | None = None) -> None:
        self._hosts = Kept(partial(program_host, imports_file=imports_file))
        self._packs = Kept(partial(pack_process, launcher=ends_with_this_process()))
        # The kernel ends the pack with the thread that started it: these stay until `end`.
        self._starting = ThreadPoolExecutor(2)

    def begin(self, project: Path) -> None:
        """Start both; what fails is tried again, and reported, when it is needed."""
        self._starting.submit(self.host, project)
        self._starting.submit(self.pack_port, project)

    def host(self, project: Path) -> ProgramHost:
        """A host that runs; one that has ended is replaced."""
        host = self._hosts.get(project)
        if host.is_running:
            return host
        self._hosts.end()
        return self._hosts.get(project)

    def pack_port(self, project: Path) -> int:
        """The port of the project's pack, started again where a file of its folder has changed."""
        pack = pack_of(project)
        return self._packs.get(pack, content_of(pack))

    def end_pack(self) -> None:
        """For a pack that has failed; the next one is a new one."""
        self._packs.end()

    def end(self) -> None:
        self._starting.shutdown()
        self._hosts.end()
        self._packs.end()


@contextmanager
def begun(project: Path, imports_file: Path) -> Iterator[KeptProcesses]:
    """Processes that are being started; they end with the block."""
    processes = KeptProcesses(imports_file)
    try:
        processes.begin(project)
        yield processes
    finally:
        processes.end()
