"""Frozen dataclasses to plain JSON values and back, every field's type checked. Knows only the standard library."""

import dataclasses
import json
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

_LOCAL_KEY: Final = "local"
LOCAL: Final = {_LOCAL_KEY: True}  # metadata of a field that is never stored
DEEPEST: Final = 100  # lists and objects in one another; whoever reads or writes them again goes as deep himself
LARGEST: Final = 2**63 - 1  # whole number that arrays and other programs can hold


def parsed(text: str, constant: Callable[[str], Any] | None = None) -> Any:
    """JSON text as plain values; ValueError for what is none, and for what is nested so deep that nobody wrote it.

    ``constant`` is called for NaN, Infinity and -Infinity, which are not JSON and pass as floats without it.
    """
    try:
        value = json.loads(text, parse_constant=constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    level = [value]
    for _ in range(DEEPEST):
        level = [item for one in level for item in _inside(one)]
    if level:
        raise ValueError("it is nested too deep")
    return value


def plain(value: Any) -> Any:
    """Dataclasses as dicts without their local fields; NaN as null, since JSON has none."""
    if dataclasses.is_dataclass(value):
        stored = (item for item in dataclasses.fields(value) if not item.metadata.get(_LOCAL_KEY))
        return {item.name: plain(getattr(value, item.name)) for item in stored}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def built(kind: Any, raw: Any, where: str = "", *, strict: bool = False) -> Any:
    """``raw`` (from JSON or TOML) as the type ``kind``; ValueError naming the field.

    Unknown fields are passed over (a newer program's file stays readable) unless ``strict``.
    """
    if dataclasses.is_dataclass(kind):
        return _built_record(kind, raw, where, strict)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _built_any(inner, raw, where, strict)
    if origin is tuple and isinstance(raw, list) and (inner[-1] is Ellipsis or len(inner) == len(raw)):
        kinds = inner if inner[-1] is not Ellipsis else inner[:1] * len(raw)
        pairs = enumerate(zip(kinds, raw, strict=True))
        return tuple(built(part, item, f"{where}[{number}]", strict=strict) for number, (part, item) in pairs)
    if origin is dict and isinstance(raw, dict):
        return {key: built(inner[1], item, f"{where}.{key}", strict=strict) for key, item in raw.items()}
    if type(raw) is int and abs(raw) > LARGEST:
        raise ValueError(f"{where} is {str(raw)[:20]}..., too large a number")
    if kind is float and raw is None:
        return float("nan")
    if kind is float and isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    if kind is Any or (kind in (str, int, bool) and type(raw) is kind) or (origin is Literal and raw in inner):
        return raw
    wanted = f"one of {', '.join(map(str, inner))}" if origin is Literal else getattr(kind, "__name__", kind)
    raise ValueError(f"{where} is {json.dumps(raw, default=str)[:40]}, not {wanted}")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _built_record(kind: Any, raw: Any, where: str, strict: bool) -> Any:
    if not isinstance(raw, dict):
        raise ValueError(f"{where or 'the whole'} is not an object")
    hints, values = get_type_hints(kind), {}
    unknown = sorted(raw.keys() - hints.keys())
    if strict and unknown:
        raise ValueError(f"{where + '.' if where else ''}{unknown[0]} is unknown (known: {', '.join(hints)})")
    for item in dataclasses.fields(kind):
        if item.metadata.get(_LOCAL_KEY):
            continue
        place = f"{where}.{item.name}" if where else item.name
        optional = item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING
        if item.name in raw:
            values[item.name] = built(hints[item.name], raw[item.name], place, strict=strict)
        elif not optional:
            raise ValueError(f"{place} is missing")
    return kind(**values)


def _built_any(kinds: tuple[Any, ...], raw: Any, where: str, strict: bool) -> Any:
    """``raw`` as the first of ``kinds`` that it fits; the message of a lone kind beside None names the very field."""
    real = [kind for kind in kinds if kind is not NoneType]
    if raw is None and len(real) < len(kinds):
        return None
    if len(real) == 1:
        return built(real[0], raw, where, strict=strict)
    for kind in real:
        with suppress(ValueError):
            return built(kind, raw, where, strict=strict)
    raise ValueError(f"{where} is {json.dumps(raw, default=str)[:40]}, not {' or '.join(map(str, kinds))}")
