"""The PostgreSQL engine of the product: Django's, with a look at the line before a question over it."""
