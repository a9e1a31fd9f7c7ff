"""Parts of ``scripts/benchmark_backends.py`` and ``scripts/benchmark_stages.py``."""
