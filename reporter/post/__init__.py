"""Who receives an issue, and how it reaches them."""
