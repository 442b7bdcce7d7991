"""The networks that look at a picture: topologies, weights, features of named layers."""
