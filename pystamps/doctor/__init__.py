"""``pystamps doctor``: examines raw exports and data sets before anything runs."""
