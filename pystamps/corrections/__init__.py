"""Phase that is not motion: from delays of other programs, and estimated from the data."""
