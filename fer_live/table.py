"""Columns of text for a terminal, and numbers as people read them."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """Aligned columns, the first ``words`` of them to the left, the others to the right; a line under the head."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [_line(head, widths, words), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths, words) for row in rows)])


def megabytes(count: int) -> str:
    """A size such as "11.3 MB" (10^6 bytes, as files are usually given)."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def counted(number: int, what: str) -> str:
    """1 frame, 2,000 frames."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """A; A and B; A, B and C."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def millions(count: int) -> str:
    """A count such as "1.2 M"; "-" when it is not known."""
    return f"{count / 1e6:.2f} M" if count else "-"


def _line(cells: Sequence[str], widths: Sequence[int], words: int) -> str:
    aligned = (
        cell.ljust(width) if column < words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(aligned).rstrip()
