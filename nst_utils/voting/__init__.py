"""People as judges: what they are shown, how their votes are kept, and what the votes say."""
