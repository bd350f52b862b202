"""物料: the materials list, stock as append-only movements, kits, requisitions and supplements (R61–R70, R78)."""
