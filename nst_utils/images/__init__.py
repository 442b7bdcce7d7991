"""The one door for pictures: opening, the registry of named ones, downloads, saving."""
