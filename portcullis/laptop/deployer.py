"""How a laptop gets its deployed graph: from the program in process, or from `pulumi up`."""

from typing import Protocol

from portcullis.graph.resource import Graph
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.settings.project import StackConfig


class Deployer(Protocol):
    """One way; a redeploy uses the one that the start used."""

    def describe(self) -> str:
        """One sentence for the terminal: which way, and why."""

    async def deploy(self, config: StackConfig, emulator: LaptopEmulator) -> Graph:
        """Plan, judge and deploy; computed values of the graph are known.

        Signing keys are created in the emulator, which is started when it is needed.

        Raises:
            PortcullisError: a mandatory violation, or a program that does not reach its end;
                nothing listens.
        """
