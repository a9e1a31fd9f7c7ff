"""The viewer: points and their series on one page, offline."""
