"""A page that shows what a comparison of two trees has found, and where on the map.

``positions`` knows where the rows of a variable lie, ``pixels`` compares row by row, ``pictures``
draws, ``page`` puts one file together that needs nothing from elsewhere.
"""
