"""The demo city: generated people and posts in the real structure of a city government."""
