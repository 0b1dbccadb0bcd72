"""Policies for the cluster itself: what is checked of rendered objects, checked again by the API server."""
