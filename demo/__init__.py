"""The demo organisation: data files, what reads them, and pictures drawn by program."""
