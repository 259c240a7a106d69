"""Papers: Word and PDF bytes out of plain data, made in a child process with limits of its own."""
