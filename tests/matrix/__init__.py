"""Who reaches what: every address and method, for every post, in every relation to what it asks for."""
