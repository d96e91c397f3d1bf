"""Jobs of kepegawaian."""
