"""`reporter import`: a file → rows of the contract → a difference → revisions, appended."""
