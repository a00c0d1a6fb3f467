"""The system libraries that set the text of a PDF: which are missing, and their versions."""

from __future__ import annotations

import ctypes
import ctypes.util

_LIBRARIES = {
    "Pango": ("pango-1.0", "libpango-1.0.so.0"),
    "PangoFT2": ("pangoft2-1.0", "libpangoft2-1.0.so.0"),
    "HarfBuzz": ("harfbuzz", "libharfbuzz.so.0"),
    "Fontconfig": ("fontconfig", "libfontconfig.so.1"),
    "GObject": ("gobject-2.0", "libgobject-2.0.so.0"),
    "HarfBuzz subsetter": ("harfbuzz-subset", "libharfbuzz-subset.so.0"),
}
_VERSION_FUNCTIONS = {"Pango": "pango_version_string", "HarfBuzz": "hb_version_string"}


def missing_libraries() -> list[str]:
    """Yields the names of the libraries that this machine lacks."""
    return [name for name in _LIBRARIES if _load(name) is None]


def shaper_versions() -> dict[str, str]:
    """Yields the versions of Pango and HarfBuzz, on which the page's bytes depend; empty where missing."""
    return {name.lower(): _version(name, function) for name, function in _VERSION_FUNCTIONS.items()}


def _load(name: str) -> ctypes.CDLL | None:
    short, soname = _LIBRARIES[name]
    for candidate in (soname, ctypes.util.find_library(short)):
        if candidate:
            try:
                return ctypes.CDLL(candidate)
            except OSError:
                continue
    return None


def _version(name: str, function: str) -> str:
    library = _load(name)
    if library is None:
        return ""
    tell = getattr(library, function)
    tell.restype = ctypes.c_char_p
    version: bytes = tell()
    return version.decode()
