"""The vendor's endpoints."""
