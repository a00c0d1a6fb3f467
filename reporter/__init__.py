"""The weekly PDF bulletin of a commodity market, from records to page."""

__version__ = "0.1.0"
