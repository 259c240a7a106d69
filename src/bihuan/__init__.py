"""Bihuan (闭环): every matter that comes in goes out answered."""
