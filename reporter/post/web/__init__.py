"""The public pages: subscribe, confirm, preferences, unsubscribe, an issue's PDF, and whether all is well."""
