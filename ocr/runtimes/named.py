"""What all nets of other runtimes share: the names of their inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Described", "Named"]


@dataclass(frozen=True, slots=True)
class Named:
    """The name of an input or output."""

    name: str


@dataclass(frozen=True, slots=True)
class _Nothing:
    """The metadata of a file that says nothing of itself."""

    custom_metadata_map: tuple[tuple[str, str], ...] = ()


class Described:
    """A net that knows its inputs and outputs by name.

    Args:
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        self._inputs, self._outputs = inputs, outputs

    def get_inputs(self) -> list[Named]:
        """The inputs, in order."""
        return [Named(name) for name in self._inputs]

    def get_outputs(self) -> list[Named]:
        """The outputs, in order."""
        return [Named(name) for name in self._outputs]

    def get_modelmeta(self) -> _Nothing:
        """What the file says of itself: nothing."""
        return _Nothing()
