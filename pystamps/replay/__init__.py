"""Strict replay of a reference: what is copied out of a finished tree, and what is checked first.

``golden_tree`` finds the tree and its complete bundles, ``contents`` checks their files,
``identity`` that they were made from the very data, ``checked`` puts this together. Nothing here
writes.
"""
