"""The networks that look at a picture: the catalog, topologies, weights, features of named layers."""
