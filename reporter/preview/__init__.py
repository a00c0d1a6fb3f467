"""The bulletin in a browser while records, templates and settings are being written."""
