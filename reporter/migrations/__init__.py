"""The schema of the project's database, step by step; `reporter.store` carries the steps out."""
