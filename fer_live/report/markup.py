"""HTML and SVG as text. Whatever is not markup already is escaped, so no name in a recording can become markup."""

from html import escape


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


_VOID = frozenset({"meta", "br", "col"})


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """An element. In attribute names a closing _ is dropped and others become -; None leaves the attribute out."""
    spelled = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_said(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{spelled}>")
    return Markup(f"<{name}{spelled}>{joined(*children)}</{name}>")


def joined(*parts: str) -> Markup:
    """Parts one after another, plain text escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def _said(value: str | float) -> str:
    """Coordinates need no more than hundredths; a long recording makes many of them."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
