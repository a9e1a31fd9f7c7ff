"""Commands of PBS and LSF as Snakemake's executor ``cluster-generic`` asks for them."""
