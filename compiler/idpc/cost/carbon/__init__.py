"""What instances emit: the energy that they use, the grids that it is from, and their share of making the servers."""
