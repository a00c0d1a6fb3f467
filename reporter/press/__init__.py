"""When it goes out."""
