"""The science: pure functions on arrays, one module per stage; no file is opened here."""
