"""Pictures collected from web pages, with their credits."""
