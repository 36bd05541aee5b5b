"""Install what the development commands need; Python standard library only."""
