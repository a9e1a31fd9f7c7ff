"""Sizes of the dimensions of MAT variables, by symbol: what is known, and where from."""

from __future__ import annotations


class Sizes:
    """Sizes by symbol (``n_ps``), each with the variable or file that it is known from."""

    def __init__(self, source: str = "", **known: int) -> None:
        """Begin with what another file says; ``source`` names it for people."""
        self._known = {symbol: (size, source) for symbol, size in known.items()}

    def copy(self) -> Sizes:
        """Give sizes to which a file can add its own."""
        copied = Sizes()
        copied._known = dict(self._known)
        return copied

    def get(self, symbol: str) -> int | None:
        """Give a size; None where it is not known."""
        return self._known.get(symbol, (None, ""))[0]

    def learn(self, word: str, size: int, source: str) -> None:
        """Add the size of a dimension (``n_ps``, ``n_i-1``) unless it is known."""
        symbol, offset = _symbol_and_offset(word)
        self._known.setdefault(symbol, (size + offset, source))

    def expected(self, word: str) -> int | None:
        """Give the size of a dimension: a number, ``n_ps``, ``n_i-1``; None if not known."""
        symbol, offset = _symbol_and_offset(word)
        size = int(symbol) if symbol.isdigit() else self.get(symbol)
        return None if size is None else size - offset

    def explained(self, words: list[str]) -> str:
        """Say where the sizes of dimensions are known from; nothing where none is."""
        symbols = dict.fromkeys(_symbol_and_offset(word)[0] for word in words)
        known = [(symbol, *self._known[symbol]) for symbol in symbols if symbol in self._known]
        return ", ".join(f"{symbol} = {size} as in {source}" for symbol, size, source in known)


def _symbol_and_offset(word: str) -> tuple[str, int]:
    """Split ``n_i-1`` into symbol and what is taken off."""
    symbol, _, offset = word.partition("-")
    return symbol, int(offset or 0)
