"""Files for other programs: a module per kind, a record each in ``pystamps.export.formats``."""
