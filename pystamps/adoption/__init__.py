"""Taking finished results over that nobody has recorded, or that have changed since."""
